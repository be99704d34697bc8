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
