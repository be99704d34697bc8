#include "evidence/evidence.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/text.h"
#include "evidence/evidence_store.h"
#include "facts/facts.h"

namespace hotline::evidence {

namespace {

/// Two levels of folders, so that none grows beyond some thousands of files.
std::string folder_of(const std::string& folder, const EvidenceId& id) {
  const std::string body = id.str().substr(EvidenceId::prefix.size());
  return folder + "/" + body.substr(22, 2);
}
std::string path_of(const std::string& folder, const EvidenceId& id) {
  return folder_of(folder, id) + "/" + id.str();
}

Done sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(ErrorKind::unavailable, "The evidence folder cannot be opened.");
  const int synced = ::fsync(fd);
  ::close(fd);
  if (synced != 0) return fail(ErrorKind::unavailable, "The evidence folder cannot be synced.");
  return {};
}

Done write_file(const std::string& folder, const EvidenceId& id, std::string_view bytes) {
  const std::string sub = folder_of(folder, id);
  const bool fresh = ::mkdir(sub.c_str(), 0700) == 0;
  const int fd = ::open(path_of(folder, id).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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
    ::unlink(path_of(folder, id).c_str());
    return fail(ErrorKind::unavailable, "The evidence could not be stored; is the disk full?");
  }
  TRY_DONE(sync_folder(sub));
  if (fresh) TRY_DONE(sync_folder(folder));
  return {};
}

Result<std::string> read_file(const std::string& folder, const EvidenceId& id) {
  FILE* file = std::fopen(path_of(folder, id).c_str(), "rb");
  if (!file) return fail(ErrorKind::corrupt, "An evidence file is missing.");
  std::string bytes;
  char buffer[65536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file))
    bytes.append(buffer, got);
  std::fclose(file);
  return bytes;
}

Result<crypto::Key> case_key(EvidenceStore& store, const crypto::Key& root,
                             const std::string& casefile, bool make) {
  TRY(stored, store.case_key(casefile));
  const std::string context = "case key " + casefile;
  if (stored) {
    TRY(wrapped, unbase64(*stored));
    TRY(key, crypto::open(root, wrapped, context));
    return crypto::Key(key);
  }
  if (!make) return fail(ErrorKind::corrupt, "A case has evidence but no key.");
  const crypto::Key key(crypto::random_bytes(32));
  TRY_DONE(store.add_case_key(casefile, base64(crypto::seal(root, key.reveal(), context))));
  return key;
}

Result<std::string> unseal(const std::string& folder, const crypto::Key& root, EvidenceStore& store,
                           const StoredObject& object) {
  TRY(wrapping, case_key(store, root, object.casefile, false));
  TRY(wrapped, unbase64(object.wrapped));
  TRY(key, crypto::open(wrapping, wrapped, "object key " + object.id.str()));
  TRY(sealed, read_file(folder, object.id));
  return crypto::open(crypto::Key(key), sealed, "object " + object.id.str());
}

}  // namespace

std::string_view name(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::page: return "page";
    case ObjectKind::screenshot: return "screenshot";
    case ObjectKind::media: return "media";
    case ObjectKind::preview: return "preview";
    case ObjectKind::record: return "record";
  }
  return "record";
}

Result<std::unique_ptr<Evidence>> Evidence::open(const std::string& folder,
                                                 const std::string& key_path) {
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return fail(ErrorKind::unavailable, "The evidence folder cannot be made.");
  ::chmod(folder.c_str(), 0700);
  TRY(root, crypto::key_file(key_path));
  return std::unique_ptr<Evidence>(new Evidence(folder, root));
}

Result<EvidenceId> Evidence::put(db::Transaction& tx, const TenantId& tenant,
                                 const CaseId& casefile, ObjectKind kind, std::string_view bytes,
                                 Instant now) const {
  EvidenceStore store(tx);
  TRY(wrapping, case_key(store, root_, casefile.str(), true));
  const std::string digest = hex(crypto::hmac_sha256(wrapping.reveal(), crypto::sha256(bytes)));
  TRY(known, store.find(casefile.str(), name(kind), digest));
  if (known) return known->id;
  const EvidenceId id = EvidenceId::make(now);
  const crypto::Key key(crypto::random_bytes(32));
  // A rolled-back transaction leaves a file that no row names and no key opens: noise, not a leak.
  TRY_DONE(write_file(folder_, id, crypto::seal(key, bytes, "object " + id.str())));
  TRY_DONE(store.add({id, tenant, casefile.str(), std::string(name(kind)), digest,
                      base64(crypto::seal(wrapping, key.reveal(), "object key " + id.str())),
                      static_cast<std::int64_t>(bytes.size()), now}));
  return id;
}

Result<std::string> Evidence::read(db::Transaction& tx, const EvidenceId& id) const {
  EvidenceStore store(tx);
  TRY(object, store.object(id));
  return unseal(folder_, root_, store, object);
}

Result<std::string> Evidence::open_for(db::Database& database, const EvidenceId& id,
                                       const casework::PersonId& person, std::string_view reason,
                                       Instant now) const {
  // The fact is committed first: a crash after it records an opening that did not happen, never
  // an opening that was not recorded.
  TRY_DONE(database.transact([&](db::Transaction& tx) -> Done {
    EvidenceStore store(tx);
    TRY(object, store.object(id));
    if (object.kind != "preview" && object.kind != "screenshot")
      return fail(ErrorKind::forbidden, "Only previews are opened for a person.");
    return facts::FactStore(tx).append({object.tenant.str(),
                                        "evidence_opened",
                                        person.str(),
                                        object.casefile,
                                        id.str(),
                                        {{"object", object.kind}, {"reason", std::string(reason)}},
                                        now});
  }));
  return database.read([&](db::Transaction& tx) { return read(tx, id); });
}

Done Evidence::erase_case(db::Transaction& tx, const TenantId& tenant, const CaseId& casefile,
                          std::string_view actor, Instant now) const {
  TRY_DONE(EvidenceStore(tx).erase_case_key(casefile.str()));
  return facts::FactStore(tx).append({tenant.str(),
                                      "evidence_erased",
                                      std::string(actor),
                                      casefile.str(),
                                      casefile.str(),
                                      {},
                                      now});
}

}  // namespace hotline::evidence
