#include "evidence/evidence.h"

#include "base/text.h"
#include "evidence/evidence_store.h"
#include "evidence/key_tree.h"
#include "facts/facts.h"

namespace hotline::evidence {

namespace {

Result<std::string> unseal(Objects& objects, KeyRing& ring, EvidenceStore& store,
                           const StoredObject& object) {
  TRY(wrapping, KeyTree(ring, store).case_key(object.tenant.str(), object.casefile));
  TRY(wrapped, unbase64(object.wrapped));
  TRY(key, crypto::open(wrapping, wrapped, "object key " + object.id.str()));
  TRY(sealed, objects.get(object.id.str()));
  return crypto::open(crypto::Key(key), sealed, "object " + object.id.str());
}

/// Whether the key that wrapped an erased case's key is gone.
Result<bool> above_is_gone(EvidenceStore& store, const StoredCaseKey& erased) {
  if (erased.generation == 0) {
    TRY(since, store.root_since());
    return since > erased.erased_at;
  }
  TRY(above, store.tenant_key(erased.tenant, erased.generation));
  return above && !above->wrapped;
}

}  // namespace

std::string_view name(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::page: return "page";
    case ObjectKind::screenshot: return "screenshot";
    case ObjectKind::media: return "media";
    case ObjectKind::preview: return "preview";
    case ObjectKind::record: return "record";
    case ObjectKind::archive: return "archive";
  }
  return "record";
}

Result<std::unique_ptr<Evidence>> Evidence::open(const std::string& folder,
                                                 const std::string& key_path) {
  TRY(objects, open_folder(folder));
  return open(std::move(objects), key_path);
}

Result<std::unique_ptr<Evidence>> Evidence::open(std::unique_ptr<Objects> objects,
                                                 const std::string& key_path) {
  TRY(ring, KeyRing::open(key_path));
  return std::unique_ptr<Evidence>(new Evidence(std::move(objects), std::move(ring)));
}

Result<EvidenceId> Evidence::put(db::Transaction& tx, const TenantId& tenant,
                                 const CaseId& casefile, ObjectKind kind, std::string_view bytes,
                                 Instant now) const {
  EvidenceStore store(tx);
  TRY(wrapping, KeyTree(*ring_, store).case_key_or_new(tenant.str(), casefile.str(), now));
  const std::string digest = hex(crypto::hmac_sha256(wrapping.reveal(), crypto::sha256(bytes)));
  TRY(known, store.find(casefile.str(), name(kind), digest));
  if (known) return known->id;
  const EvidenceId id = EvidenceId::make(now);
  const crypto::Key key(crypto::random_bytes(32));
  // A rolled-back transaction leaves an object that no row names and no key opens: noise, not a
  // leak.
  TRY_DONE(objects_->put(id.str(), crypto::seal(key, bytes, "object " + id.str())));
  TRY_DONE(store.add({id, tenant, casefile.str(), std::string(name(kind)), digest,
                      base64(crypto::seal(wrapping, key.reveal(), "object key " + id.str())),
                      static_cast<std::int64_t>(bytes.size()), now}));
  return id;
}

Result<std::string> Evidence::read(db::Transaction& tx, const EvidenceId& id) const {
  EvidenceStore store(tx);
  TRY(object, store.object(id));
  return unseal(*objects_, *ring_, store, object);
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
  EvidenceStore store(tx);
  TRY(key, store.case_key(casefile.str()));
  if (!key || key->tenant != tenant.str())
    return fail(ErrorKind::not_found, "This case has no evidence.");
  if (!key->wrapped)
    return fail(ErrorKind::conflict, "The evidence of this case has been erased before.");
  TRY_DONE(store.erase_case_key(casefile.str(), now));
  return facts::FactStore(tx).append({tenant.str(),
                                      "evidence_erased",
                                      std::string(actor),
                                      casefile.str(),
                                      casefile.str(),
                                      {},
                                      now});
}

Result<ErasureProof> Evidence::prove_erased(db::Transaction& tx, const CaseId& casefile) const {
  EvidenceStore store(tx);
  TRY(key, store.case_key(casefile.str()));
  if (!key) return fail(ErrorKind::not_found, "This case has no evidence.");
  if (key->wrapped)
    return fail(ErrorKind::conflict, "The evidence of this case has not been erased.");
  ErasureProof proof{.erased_at = key->erased_at};
  TRY(objects, store.objects_of_case(casefile.str()));
  for (const StoredObject& object : objects) {
    ++proof.objects;
    if (const auto opened = unseal(*objects_, *ring_, store, object);
        opened || opened.error().kind != ErrorKind::not_found)
      return fail(ErrorKind::corrupt, "Something of an erased case still has a key.");
    TRY(lies, objects_->has(object.id.str()));
    proof.lying += lies ? 1 : 0;
  }
  TRY(gone, above_is_gone(store, *key));
  proof.backups_closed = gone;
  return proof;
}

Result<std::int64_t> Evidence::clear_noise(db::Database& database, const CaseId& casefile) const {
  TRY(objects, database.read([&](db::Transaction& tx) -> Result<std::vector<StoredObject>> {
    TRY_DONE(prove_erased(tx, casefile));
    return EvidenceStore(tx).objects_of_case(casefile.str());
  }));
  std::int64_t cleared = 0;
  for (const StoredObject& object : objects) {
    TRY(lies, objects_->has(object.id.str()));
    if (!lies) continue;
    TRY_DONE(objects_->remove(object.id.str()));
    ++cleared;
  }
  return cleared;
}

Result<EvidenceCheck> Evidence::check(db::Database& database) const {
  constexpr int kAtOnce = 100;
  EvidenceCheck found;
  for (std::string after; true;) {
    TRY(batch, database.read([&](db::Transaction& tx) -> Result<std::vector<StoredObject>> {
      EvidenceStore store(tx);
      TRY(objects, store.objects_after(after, kAtOnce));
      for (const StoredObject& object : objects) {
        const auto bytes = unseal(*objects_, *ring_, store, object);
        // An outage of the bucket is no damage.
        if (!bytes && bytes.error().kind == ErrorKind::unavailable)
          return std::unexpected(bytes.error());
        ++found.objects;
        ++(bytes                                        ? found.opened
           : bytes.error().kind == ErrorKind::not_found ? found.erased
                                                        : found.broken);
      }
      return objects;
    }));
    if (batch.empty()) return found;
    after = batch.back().id.str();
  }
}

}  // namespace hotline::evidence
