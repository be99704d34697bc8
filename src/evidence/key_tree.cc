#include "evidence/key_tree.h"

#include "base/text.h"

namespace hotline::evidence {

namespace {

std::string tenant_context(const std::string& tenant, std::int64_t generation) {
  return "tenant key " + tenant + " " + std::to_string(generation);
}

std::string case_context(const StoredCaseKey& about, std::int64_t generation) {
  return "case key " + about.casefile + " of " + about.tenant + " " + std::to_string(generation);
}

}  // namespace

Result<crypto::Key> KeyTree::case_key(const std::string& tenant, const std::string& casefile) {
  TRY(stored, store_.case_key(casefile));
  if (!stored) return fail(ErrorKind::corrupt, "A case has evidence but no key.");
  if (stored->tenant != tenant)
    return fail(ErrorKind::corrupt, "A case's key is another tenant's.");
  return unwrap(*stored);
}

Result<crypto::Key> KeyTree::case_key_or_new(const std::string& tenant, const std::string& casefile,
                                             Instant now) {
  TRY(stored, store_.case_key(casefile));
  if (stored) {
    if (stored->tenant != tenant)
      return fail(ErrorKind::forbidden, "This case belongs to another tenant.");
    return unwrap(*stored);
  }
  auto above = newest(tenant);
  if (!above && above.error().kind == ErrorKind::not_found) above = add_generation(tenant, now);
  if (!above) return std::unexpected(above.error());
  crypto::Key key(crypto::random_bytes(32));
  StoredCaseKey made{.casefile = casefile, .tenant = tenant, .generation = above->generation};
  made.wrapped = wrap(*above, made, key);
  TRY_DONE(store_.add_case_key(made));
  return key;
}

Result<crypto::Key> KeyTree::unwrap(const StoredCaseKey& stored) {
  if (!stored.wrapped)
    return fail(ErrorKind::not_found, "The evidence of this case has been erased.");
  if (stored.generation == 0) return under_a_root(stored);
  TRY(above, tenant_key(stored.tenant, stored.generation));
  TRY(wrapped, unbase64(*stored.wrapped));
  TRY(key, crypto::open(above, wrapped, case_context(stored, stored.generation)));
  return crypto::Key(std::move(key));
}

// As it was before tenants had keys; it did not say which root.
Result<crypto::Key> KeyTree::under_a_root(const StoredCaseKey& stored) {
  TRY(wrapped, unbase64(*stored.wrapped));
  for (const RootKey& root : ring_.all())
    if (auto key = crypto::open(root.key, wrapped, "case key " + stored.casefile))
      return crypto::Key(*std::move(key));
  return fail(ErrorKind::corrupt, "No root key here opens the key of a case.");
}

std::string KeyTree::wrap(const TenantKey& above, const StoredCaseKey& about,
                          const crypto::Key& key) {
  return base64(crypto::seal(above.key, key.reveal(), case_context(about, above.generation)));
}

Result<RootKey> KeyTree::root_in_force() {
  TRY(id, store_.root());
  if (id) return ring_.root(*id);
  const RootKey root = ring_.current();
  TRY_DONE(store_.set_root(root.id, Instant{}));
  return root;
}

Result<TenantKey> KeyTree::add_generation(const std::string& tenant, Instant now) {
  TRY(root, root_in_force());
  TRY(last, store_.newest_tenant_key(tenant));
  TenantKey made{last ? last->generation + 1 : 1, crypto::Key(crypto::random_bytes(32))};
  TRY_DONE(store_.add_tenant_key(
      {.tenant = tenant,
       .generation = made.generation,
       .root = root.id,
       .wrapped = base64(
           crypto::seal(root.key, made.key.reveal(), tenant_context(tenant, made.generation)))},
      now));
  return made;
}

Result<TenantKey> KeyTree::newest(const std::string& tenant) {
  TRY(stored, store_.newest_tenant_key(tenant));
  if (!stored) return fail(ErrorKind::not_found, "This tenant has no key yet.");
  TRY(key, tenant_key(tenant, stored->generation));
  return TenantKey{stored->generation, std::move(key)};
}

Result<crypto::Key> KeyTree::tenant_key(const std::string& tenant, std::int64_t generation) {
  if (const auto known = opened_.find({tenant, generation}); known != opened_.end())
    return known->second;
  TRY(stored, store_.tenant_key(tenant, generation));
  if (!stored || !stored->wrapped)
    return fail(ErrorKind::corrupt, "The tenant's key above a case's key is gone.");
  TRY(root, ring_.root(stored->root));
  TRY(wrapped, unbase64(*stored->wrapped));
  TRY(opened, crypto::open(root.key, wrapped, tenant_context(tenant, generation)));
  crypto::Key key(std::move(opened));
  opened_.emplace(std::pair(tenant, generation), key);
  return key;
}

}  // namespace hotline::evidence
