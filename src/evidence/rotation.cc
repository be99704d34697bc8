#include "evidence/rotation.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "evidence/key_tree.h"
#include "facts/facts.h"

namespace hotline::evidence {

namespace {

constexpr int kCasesAtOnce = 500;

/// Held while it runs; goes with the process.
class Lock {
 public:
  explicit Lock(const std::string& path)
      : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~Lock() {
    if (fd_ >= 0) ::close(fd_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  [[nodiscard]] bool taken() const { return fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int fd_;
};

class Rotation {
 public:
  Rotation(db::Database& database, KeyRing& ring, Instant now,
           const std::function<void(std::int64_t)>& on_step)
      : database_(database), ring_(ring), now_(now), on_step_(on_step) {}

  Result<Rotated> run(bool resumed) {
    done_.resumed = resumed;
    TRY_DONE(belongs());
    TRY(root, ring_.next());
    done_.root = root.id;
    step();
    TRY_DONE(begin(root));
    TRY(tenants, database_.read([](db::Transaction& tx) { return EvidenceStore(tx).tenants(); }));
    done_.tenants = static_cast<std::int64_t>(tenants.size());
    for (const auto& tenant : tenants) {
      TRY_DONE(rewrap(tenant));
      TRY_DONE(finish(tenant));
    }
    TRY_DONE(ring_.replace());
    step();
    return done_;
  }

 private:
  void step() const {
    if (on_step_) on_step_(done_.cases);
  }

  /// The database was sealed with a root that is here.
  Done belongs() {
    TRY(known, database_.read([](db::Transaction& tx) { return EvidenceStore(tx).root(); }));
    if (known) TRY_DONE(ring_.root(*known));
    return {};
  }

  /// The new root is in force, and each tenant has a key under it.
  Done begin(const RootKey& root) {
    TRY_DONE(database_.transact([&](db::Transaction& tx) -> Done {
      EvidenceStore store(tx);
      TRY(before, store.root());
      if (before == root.id) return {};
      KeyTree tree(ring_, store);
      TRY(tenants, store.tenants());
      // A root that opens nothing here must not take over: each tenant's key is tried first.
      for (const auto& tenant : tenants) TRY_DONE(opens(tree, store, tenant));
      TRY_DONE(store.set_root(root.id, now_));
      for (const auto& tenant : tenants) {
        TRY(made, tree.add_generation(tenant, now_));
        TRY_DONE(tell(tx, tenant, "evidence_rekeyed", {{"generation", made.generation}}));
      }
      return {};
    }));
    step();
    return {};
  }

  static Done opens(KeyTree& tree, EvidenceStore& store, const std::string& tenant) {
    if (auto key = tree.newest(tenant); !key && key.error().kind != ErrorKind::not_found)
      return std::unexpected(key.error());
    TRY(some, store.case_keys_before(tenant, 1, "", 1));
    for (const auto& stored : some) TRY_DONE(tree.unwrap(stored));
    return {};
  }

  Done rewrap(const std::string& tenant) {
    for (std::string after; true;) {
      TRY(batch, database_.transact([&](db::Transaction& tx) -> Result<std::vector<StoredCaseKey>> {
        EvidenceStore store(tx);
        KeyTree tree(ring_, store);
        TRY(newest, tree.newest(tenant));
        TRY(keys, store.case_keys_before(tenant, newest.generation, after, kCasesAtOnce));
        for (const auto& stored : keys) {
          TRY(key, tree.unwrap(stored));
          TRY_DONE(
              store.rewrap_case_key(stored, newest.generation, KeyTree::wrap(newest, stored, key)));
        }
        return keys;
      }));
      if (batch.empty()) return {};
      after = batch.back().casefile;
      done_.cases += static_cast<std::int64_t>(batch.size());
      step();
    }
  }

  /// Nothing hangs on the generations before: they are destroyed.
  Done finish(const std::string& tenant) {
    TRY_DONE(database_.transact([&](db::Transaction& tx) -> Done {
      EvidenceStore store(tx);
      TRY(newest, store.newest_tenant_key(tenant));
      if (!newest) return {};
      TRY(left, store.count_case_keys_before(tenant, newest->generation));
      if (left != 0)
        return fail(ErrorKind::conflict, "Some keys are still under the old one; run it again.");
      TRY(destroyed, store.destroy_tenant_keys_before(tenant, newest->generation, now_));
      if (destroyed == 0) return {};
      return tell(tx, tenant, "evidence_keys_destroyed", {{"before", newest->generation}});
    }));
    step();
    return {};
  }

  Done tell(db::Transaction& tx, const std::string& tenant, const std::string& kind,
            json::object details) {
    return facts::FactStore(tx).append(
        {tenant, kind, "system", "", tenant, std::move(details), now_});
  }

  db::Database& database_;
  KeyRing& ring_;
  Instant now_;
  const std::function<void(std::int64_t)>& on_step_;
  Rotated done_;
};

}  // namespace

Result<Rotated> rotate(db::Database& database, const std::string& key_path, Instant now,
                       const std::function<void(std::int64_t)>& on_step) {
  const Lock lock(key_path + ".lock");
  if (!lock.taken()) return fail(ErrorKind::conflict, "Another rotation of keys is running.");
  if (!std::filesystem::exists(key_path))
    return fail(ErrorKind::not_found, "There is no root key to rotate.");
  const bool resumed = std::filesystem::exists(key_path + ".next");
  TRY(ring, KeyRing::open(key_path));
  return Rotation(database, *ring, now, on_step).run(resumed);
}

}  // namespace hotline::evidence
