// Evidence: sealed, content-addressed objects.
//
// Each object is sealed with a key of its own (AES-256-GCM); that key is wrapped
// by the case's key, the case's key by the tenant's, the tenant's by the root key of
// this installation: erasing a case destroys its key, and every object of it is noise
// from then on. Keys are changed without touching objects (rotation.h). The object
// (a file, or in a bucket: objects.h) is durable before the row that names it, so a row never
// points to nothing. Opening for a person is a fact, recorded before the first byte leaves.
// Decoding is not done here: hotline-media does that, jailed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "casework/casework.h"
#include "db/db.h"
#include "evidence/key_ring.h"
#include "evidence/objects.h"

namespace hotline::evidence {

using casework::CaseId;
using casework::EvidenceId;
using casework::TenantId;

/// What an object is; decides who may open it. An archive is a whole capture as WARC.
enum class ObjectKind : std::uint8_t { page, screenshot, media, preview, record, archive };
[[nodiscard]] std::string_view name(ObjectKind kind);

/// That what was erased cannot come back, as far as this installation can show it.
struct ErasureProof {
  Instant erased_at{};
  std::int64_t objects = 0;  ///< Sealed in this case once.
  std::int64_t lying = 0;    ///< Of them, those that still lie there, as noise.
  /// The key that wrapped the case's key is destroyed too: from then on a backup of the database
  /// and all keys of today open nothing of the case. A rotation after the erasure does it.
  bool backups_closed = false;
};

struct EvidenceCheck {
  std::int64_t objects = 0, opened = 0, erased = 0, broken = 0;
};

class Evidence {
 public:
  /// `folder` is made if missing; the root key lies in `key_path` (made at first).
  [[nodiscard]] static Result<std::unique_ptr<Evidence>> open(const std::string& folder,
                                                              const std::string& key_path);
  /// The same over any place for objects: open_objects(settings) says which.
  [[nodiscard]] static Result<std::unique_ptr<Evidence>> open(std::unique_ptr<Objects> objects,
                                                              const std::string& key_path);

  /// Seals and stores. The same bytes in the same case and kind give the same id again.
  Result<EvidenceId> put(db::Transaction& tx, const TenantId& tenant, const CaseId& casefile,
                         ObjectKind kind, std::string_view bytes, Instant now) const;

  /// For the hotline's own programs (matching again, exporting to the media jail): not a fact.
  Result<std::string> read(db::Transaction& tx, const EvidenceId& id) const;

  /// For a person: appends `evidence_opened` with person and reason, then gives the bytes once
  /// that is durable. Only previews and screenshots may be opened this way; anything else is
  /// `forbidden`.
  Result<std::string> open_for(db::Database& database, const EvidenceId& id,
                               const casework::PersonId& person, std::string_view reason,
                               Instant now) const;

  /// Destroys the case's key; fact `evidence_erased`. Objects stay on disk as noise; statistics are
  /// not touched. `actor` is a person's id or "system". Error `not_found` if the case has no
  /// evidence, `conflict` if it was erased before.
  Done erase_case(db::Transaction& tx, const TenantId& tenant, const CaseId& casefile,
                  std::string_view actor, Instant now) const;
  /// Tries each object of the case. Error `conflict` if the case has not been erased, `corrupt` if
  /// anything of it opens.
  Result<ErasureProof> prove_erased(db::Transaction& tx, const CaseId& casefile) const;
  /// Takes the objects of an erased case away; gives how many lay there.
  Result<std::int64_t> clear_noise(db::Database& database, const CaseId& casefile) const;
  /// Opens each object once, a hundred in one transaction.
  Result<EvidenceCheck> check(db::Database& database) const;

 private:
  Evidence(std::unique_ptr<Objects> objects, std::unique_ptr<KeyRing> ring)
      : objects_(std::move(objects)), ring_(std::move(ring)) {}
  std::unique_ptr<Objects> objects_;
  std::unique_ptr<KeyRing> ring_;
};

}  // namespace hotline::evidence
