#include "evidence/evidence.h"

#include "base/text.h"
#include "evidence/evidence_store.h"
#include "facts/facts.h"

namespace hotline::evidence {

namespace {

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

Result<std::string> unseal(Objects& objects, const crypto::Key& root, EvidenceStore& store,
                           const StoredObject& object) {
  TRY(wrapping, case_key(store, root, object.casefile, false));
  TRY(wrapped, unbase64(object.wrapped));
  TRY(key, crypto::open(wrapping, wrapped, "object key " + object.id.str()));
  TRY(sealed, objects.get(object.id.str()));
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
  TRY(root, crypto::key_file(key_path));
  return std::unique_ptr<Evidence>(new Evidence(std::move(objects), root));
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
  return unseal(*objects_, root_, store, object);
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
