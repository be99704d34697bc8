#include "receiver/deeds.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/json.h"
#include "base/text.h"

extern char** environ;

namespace hotline::receiver {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using push::Deed;

constexpr auto kHookTime = 10s;

std::string name_in_folder(const File& file) {
  const auto slash = file.path.rfind('/');
  return slash == std::string::npos ? file.path : file.path.substr(slash + 1);
}

/// To another disk: whole and on it before the original goes.
bool copy_away(int folder, const std::string& name, const std::string& to) {
  const int from = ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return false;
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool good = out >= 0;
  std::vector<char> bytes(1 << 16);
  while (good) {
    const auto got = ::read(from, bytes.data(), bytes.size());
    if (got <= 0) {
      good = got == 0;
      break;
    }
    good = ::write(out, bytes.data(), static_cast<std::size_t>(got)) == got;
  }
  good = good && ::fsync(out) == 0;
  ::close(from);
  if (out >= 0) ::close(out);
  return good && ::unlinkat(folder, name.c_str(), 0) == 0;
}

json::object to_object(const Line& line) {
  return {{"reference", line.reference},
          {"location", line.location},
          {"sha256", line.sha256},
          {"root", line.root},
          {"path", base64url(line.file.path)},
          {"kept", line.kept},
          {"deed", name(line.deed)},
          {"at", rfc3339(line.at)}};
}

}  // namespace

Result<std::unique_ptr<Deeds>> Deeds::open(const Config& config, const Shelf& shelf) {
  std::unique_ptr<Deeds> deeds(new Deeds(config, shelf));
  std::error_code trouble;
  fs::create_directories(config.state + "/kept", trouble);
  if (!trouble)
    fs::permissions(config.state + "/kept", fs::perms::owner_all, fs::perm_options::replace,
                    trouble);
  if (trouble)
    return fail(ErrorKind::unavailable, "The state folder of the receiver cannot be used.");
  TRY_DONE(deeds->read_lines());
  deeds->fd_ = ::open((config.state + "/deeds.jsonl").c_str(),
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (deeds->fd_ < 0)
    return fail(ErrorKind::unavailable, "The receiver's record of deeds cannot be written.");
  return deeds;
}

Deeds::~Deeds() {
  if (fd_ >= 0) ::close(fd_);
}

Done Deeds::read_lines() {
  const std::string path = config_.state + "/deeds.jsonl";
  std::ifstream file(path);
  std::uintmax_t whole = 0;
  for (std::string text; std::getline(file, text); whole += text.size() + 1) {
    if (file.eof()) break;  // No line end: half-written by a program that was killed.
    const auto read = parse_json(text);
    if (!read || !read->is_object())
      return fail(ErrorKind::corrupt, "A line of the receiver's deeds.jsonl is broken.");
    const auto word = [&](std::string_view key) { return text_at(*read, key).value_or(""); };
    if (const auto* items = member(*read, "wanted"); items != nullptr && items->is_array()) {
      for (const auto& one : items->get_array())
        if (one.is_string()) wanted_[std::string(one.get_string())] = word("reference");
      continue;
    }
    Line line{word("reference"), word("location"), word("sha256"), {},
              word("root"),      word("kept"),     Deed::failed,   {}};
    line.file.path = unbase64url(word("path")).value_or("");
    for (std::size_t site = 0; site < config_.sites.size(); ++site)
      if (config_.sites[site].root == line.root) line.file.site = site;
    for (const auto deed : push::kDeeds)
      if (name(deed) == word("deed")) line.deed = deed;
    if (const auto at = parse_rfc3339(word("at"))) line.at = *at;
    if (line.deed == Deed::restored)
      std::erase_if(wanted_, [&](const auto& w) { return w.second == line.reference; });
    lines_.push_back(std::move(line));
  }
  std::error_code trouble;
  if (fs::exists(path, trouble)) fs::resize_file(path, whole, trouble);
  return {};
}

Done Deeds::append(const std::string& text) {
  const std::string line = text + "\n";
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fdatasync(fd_) != 0)
    return fail(ErrorKind::unavailable, "The receiver's record of deeds cannot be written.");
  return {};
}

Done Deeds::write(const Line& line) {
  TRY_DONE(append(json::serialize(to_object(line))));
  lines_.push_back(line);
  return {};
}

Done Deeds::want(const std::string& reference, const std::vector<push::Digests>& items) {
  const std::lock_guard lock(mutex_);
  json::array fresh;
  for (const auto& item : items)
    if (!item.sha256.empty() && wanted_.emplace(item.sha256, reference).second)
      fresh.emplace_back(item.sha256);
  if (fresh.empty()) return {};
  return append(
      json::serialize(json::object{{"reference", reference}, {"wanted", std::move(fresh)}}));
}

std::string Deeds::wanted(const std::string& sha256) const {
  const std::lock_guard lock(mutex_);
  const auto found = wanted_.find(sha256);
  return found == wanted_.end() ? "" : found->second;
}

std::optional<Line> Deeds::before(const std::string& reference, const std::string& location,
                                  const std::string& sha256) const {
  const std::lock_guard lock(mutex_);
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->reference != reference) continue;
    const bool same = line->location == location && (!location.empty() || line->sha256 == sha256);
    if (same) return *line;
  }
  return std::nullopt;
}

/// Runs the host's program; it has kHookTime.
bool Deeds::hook(const char* word, const Line& line) const {
  if (config_.hook.empty()) return true;
  std::vector<std::string> words = config_.hook;
  words.insert(words.end(), {word, line.root + "/" + line.file.path, line.sha256, line.reference});
  std::vector<char*> argv;
  for (auto& one : words) argv.push_back(one.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return false;
  const auto until = std::chrono::steady_clock::now() + kHookTime;
  for (int status = 0;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (std::chrono::steady_clock::now() > until) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return false;
    }
    std::this_thread::sleep_for(2ms);
  }
}

Deed Deeds::keep(Line& line, int folder, const std::string& name) {
  line.kept = line.reference + "-" + std::to_string(lines_.size());
  line.deed = Deed::disabled;
  if (!write(line)) return Deed::failed;
  const std::string to = config_.state + "/kept/" + line.kept;
  if (::renameat(folder, name.c_str(), AT_FDCWD, to.c_str()) == 0) {
    ::chmod(to.c_str(), 0400);
    return Deed::disabled;
  }
  return errno == EXDEV && copy_away(folder, name, to) ? Deed::disabled : Deed::failed;
}

Deed Deeds::take(const std::string& reference, const std::string& location, const File& file,
                 Instant now) {
  const std::lock_guard lock(mutex_);
  Line line{reference,
            location,
            shelf_.digest_of(file).value_or(""),
            file,
            config_.sites[file.site].root,
            "",
            Deed::hooked,
            now};
  if (config_.policy == Policy::hook) {
    if (!hook("take", line)) return Deed::failed;
    return write(line) ? Deed::hooked : Deed::failed;
  }
  const int folder = shelf_.open_folder(file);
  if (folder < 0) return Deed::not_found;
  Deed deed = Deed::failed;
  if (config_.policy == Policy::keep) {
    deed = keep(line, folder, name_in_folder(file));
  } else {
    line.deed = Deed::removed;
    if (write(line) && ::unlinkat(folder, name_in_folder(file).c_str(), 0) == 0)
      deed = Deed::removed;
  }
  ::fsync(folder);
  ::close(folder);
  if (push::is_done(deed) && !hook("take", line)) return Deed::failed;
  return deed;
}

std::vector<push::Action> Deeds::restore(const std::string& reference, Instant now) {
  const std::lock_guard lock(mutex_);
  std::vector<push::Action> actions;
  const std::vector<Line> lines = lines_;
  for (const auto& was : lines) {
    if (was.reference != reference) continue;
    Line line = was;
    line.at = now;
    line.deed = Deed::restored;
    push::Action action{was.location, was.sha256, Deed::failed};
    const std::string kept = config_.state + "/kept/" + was.kept;
    std::error_code trouble;
    if (was.deed == Deed::restored) continue;
    if (was.deed == Deed::hooked) {
      if (hook("restore", line) && write(line)) action.deed = Deed::restored;
    } else if (!was.kept.empty() && fs::exists(kept, trouble)) {
      const int folder = shelf_.open_folder(was.file);
      // Never over something that has been put there since.
      if (folder >= 0 && !shelf_.exists(was.file) && write(line) &&
          ::renameat2(AT_FDCWD, kept.c_str(), folder, name_in_folder(was.file).c_str(),
                      RENAME_NOREPLACE) == 0) {
        ::fchmodat(folder, name_in_folder(was.file).c_str(), 0644, 0);
        action.deed = hook("restore", line) ? Deed::restored : Deed::failed;
      }
      if (folder >= 0) ::close(folder);
    } else if (shelf_.exists(was.file)) {
      action.deed = Deed::restored;  // By an earlier try, or by the host.
    }
    actions.push_back(std::move(action));
  }
  std::erase_if(wanted_, [&](const auto& one) { return one.second == reference; });
  return actions;
}

}  // namespace hotline::receiver
