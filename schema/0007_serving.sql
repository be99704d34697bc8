-- Clusters of items that are the same picture to a person; what members' keys may do.

-- One row a tenant: every new cluster takes the next version, and the row's lock puts the
-- placing of items in order, so that two workers never open two clusters for one picture.
CREATE TABLE cluster_version (
  tenant TEXT PRIMARY KEY REFERENCES tenant (id),
  version BIGINT NOT NULL
);

-- pdq: of the exemplar; distances are measured against it only.
CREATE TABLE cluster (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  exemplar TEXT NOT NULL UNIQUE REFERENCES item (id),
  pdq TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX cluster_by_version ON cluster (tenant, version);

-- turned = 1: a mirrored or turned copy, by the nearest of the eight ways.
CREATE TABLE cluster_item (
  item TEXT PRIMARY KEY REFERENCES item (id),
  cluster TEXT NOT NULL REFERENCES cluster (id),
  distance BIGINT NOT NULL,
  turned BIGINT NOT NULL,
  joined_at BIGINT NOT NULL
);
CREATE INDEX cluster_item_cluster ON cluster_item (cluster);

-- What a key may do, in words: lists lookups feedback reports.
ALTER TABLE member_key ADD COLUMN scopes TEXT NOT NULL DEFAULT 'lists lookups feedback reports';

-- The last statement of each list that the worker has signed; hotline-feeds only hands it out.
CREATE TABLE list_manifest (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  list TEXT NOT NULL,
  version BIGINT NOT NULL,
  manifest TEXT NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, list)
);

-- The hash list: one row a known item. state: listed, delisted. pdq_refused: why the PDQ hash is
-- not on the list though the digests are, or empty.
CREATE TABLE hash_entry (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  md5 TEXT NOT NULL,
  sha1 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  pdq TEXT NOT NULL,
  pdq_quality BIGINT NOT NULL,
  pdq_refused TEXT NOT NULL,
  scheme TEXT NOT NULL,
  category TEXT NOT NULL,
  graders BIGINT NOT NULL,
  state TEXT NOT NULL,
  left_because TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX hash_entry_version ON hash_entry (tenant, version);

-- Each member says a thing about an entry once; the same again is the same.
CREATE UNIQUE INDEX entry_feedback_once ON entry_feedback (entry, credential, verdict, reason);
