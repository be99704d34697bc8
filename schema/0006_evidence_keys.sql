-- The key tree: root (a file) -> tenant -> case -> object. A tenant's key has generations: a rotation
-- makes the next one, wraps the cases' keys again and destroys the ones before.

-- The root key in force, by the name that its own bytes give it; one row. Whoever wraps a tenant's
-- key reads it in the same transaction, so that none is wrapped with a root that is about to go.
CREATE TABLE evidence_root (
  slot BIGINT PRIMARY KEY,
  root TEXT NOT NULL,
  since BIGINT NOT NULL
);

-- wrapped: the tenant's key under `root`, base64; NULL once destroyed.
CREATE TABLE evidence_tenant_key (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  generation BIGINT NOT NULL,
  root TEXT NOT NULL,
  wrapped TEXT,
  made_at BIGINT NOT NULL,
  destroyed_at BIGINT,
  PRIMARY KEY (tenant, generation)
);

-- generation: of the tenant's key that wraps this one; 0: the root itself, as before this table.
-- An erased case keeps the generation that it had: a backup of its key opens until that is destroyed.
ALTER TABLE evidence_key ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
ALTER TABLE evidence_key ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE evidence_key ADD COLUMN erased_at BIGINT;
UPDATE evidence_key SET tenant = COALESCE(
  (SELECT min(e.tenant) FROM evidence e WHERE e.casefile = evidence_key.casefile), '');
CREATE INDEX evidence_key_generation ON evidence_key (tenant, generation);
