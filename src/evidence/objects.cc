#include "evidence/objects.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "net/s3.h"

namespace hotline::evidence {

namespace {

/// One level of folders by two of the random characters, so that none grows beyond thousands of
/// files.
std::string shelf_of(std::string_view name) {
  return std::string(name.size() < 4 ? name : name.substr(name.size() - 4, 2));
}

Done sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(ErrorKind::unavailable, "The evidence folder cannot be opened.");
  const int synced = ::fsync(fd);
  ::close(fd);
  if (synced != 0) return fail(ErrorKind::unavailable, "The evidence folder cannot be synced.");
  return {};
}

class Folder final : public Objects {
 public:
  explicit Folder(std::string folder) : folder_(std::move(folder)) {}

  Done put(std::string_view name, std::string_view bytes) override {
    const std::string shelf = folder_ + "/" + shelf_of(name);
    const bool fresh = ::mkdir(shelf.c_str(), 0700) == 0;
    const std::string path = path_of(name);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
      return fail(ErrorKind::conflict, "There is evidence of that name already.");
    if (fd < 0) return fail(ErrorKind::unavailable, "The evidence folder cannot be written.");
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
      if (written <= 0) break;
      done += static_cast<std::size_t>(written);
    }
    const bool good = done == bytes.size() && ::fsync(fd) == 0;
    ::close(fd);
    if (!good) {
      ::unlink(path.c_str());
      return fail(ErrorKind::unavailable, "The evidence could not be stored; is the disk full?");
    }
    TRY_DONE(sync_folder(shelf));
    if (fresh) TRY_DONE(sync_folder(folder_));
    return {};
  }

  Result<std::string> get(std::string_view name) override {
    FILE* file = std::fopen(path_of(name).c_str(), "rb");
    if (!file) return fail(ErrorKind::corrupt, "An evidence file is missing.");
    std::string bytes;
    char buffer[65536];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file))
      bytes.append(buffer, got);
    std::fclose(file);
    return bytes;
  }

  Result<bool> has(std::string_view name) override {
    return ::access(path_of(name).c_str(), F_OK) == 0;
  }

  Done remove(std::string_view name) override {
    if (::unlink(path_of(name).c_str()) == 0 || errno == ENOENT) return {};
    return fail(ErrorKind::unavailable, "An evidence file cannot be removed.");
  }

 private:
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return folder_ + "/" + shelf_of(name) + "/" + std::string(name);
  }

  std::string folder_;
};

class BucketObjects final : public Objects {
 public:
  explicit BucketObjects(net::S3 s3) : s3_(std::move(s3)) {}

  Done put(std::string_view name, std::string_view bytes) override {
    // Names are random, so this guards against a bug, not against a race.
    TRY(taken, s3_.has(name));
    if (taken) return fail(ErrorKind::conflict, "There is evidence of that name already.");
    return s3_.put(name, bytes);
  }

  Result<std::string> get(std::string_view name) override {
    TRY(bytes, s3_.get(name));
    if (!bytes) return fail(ErrorKind::corrupt, "An evidence object is missing.");
    return *std::move(bytes);
  }

  Result<bool> has(std::string_view name) override { return s3_.has(name); }
  Done remove(std::string_view name) override { return s3_.remove(name); }

 private:
  net::S3 s3_;
};

}  // namespace

Result<std::unique_ptr<Objects>> open_folder(const std::string& folder) {
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return fail(ErrorKind::unavailable, "The evidence folder cannot be made.");
  ::chmod(folder.c_str(), 0700);
  return std::make_unique<Folder>(folder);
}

Result<std::unique_ptr<Objects>> open_bucket(const Bucket& bucket) {
  std::ifstream in(bucket.credentials);
  std::string access, secret;
  if (!(in >> access >> secret))
    return fail(ErrorKind::invalid,
                "evidence.s3_credentials names no file with an access key and a secret.");
  TRY(s3, net::S3::open({.url = bucket.url,
                         .region = bucket.region,
                         .access = access,
                         .secret = Sensitive<std::string>(secret)}));
  return std::make_unique<BucketObjects>(std::move(s3));
}

Result<std::unique_ptr<Objects>> open_objects(const Settings& settings) {
  const auto url = settings.text("evidence.s3_url");
  if (url.empty()) return open_folder(places(settings).evidence);
  return open_bucket({.url = url,
                      .region = settings.text("evidence.s3_region"),
                      .credentials = settings.text("evidence.s3_credentials")});
}

}  // namespace hotline::evidence
