-- Known items and matching; the URL list, its deliveries and feedback.

-- One row a tenant: every change of a known item takes the next version.
CREATE TABLE known_version (
  tenant TEXT PRIMARY KEY REFERENCES tenant (id),
  version BIGINT NOT NULL
);

-- Hashes are lower-case hex or empty; a withdrawn row stays, so that matchers learn of it.
CREATE TABLE known_hash (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  source TEXT NOT NULL,
  ref TEXT NOT NULL,
  md5 TEXT NOT NULL,
  sha1 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  pdq TEXT NOT NULL,
  pdq_quality BIGINT NOT NULL,
  scheme TEXT NOT NULL,
  category TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  words TEXT NOT NULL,
  graders BIGINT NOT NULL,
  conflict BIGINT NOT NULL,
  added_at BIGINT NOT NULL,
  withdrawn_at BIGINT,
  version BIGINT NOT NULL,
  UNIQUE (tenant, source, ref)
);
CREATE INDEX known_hash_version ON known_hash (tenant, version);

CREATE TABLE known_grading (
  known TEXT NOT NULL REFERENCES known_hash (id),
  person TEXT NOT NULL,
  scheme TEXT NOT NULL,
  category TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (known, person)
);

CREATE TABLE item_match (
  item TEXT NOT NULL REFERENCES item (id),
  known TEXT NOT NULL REFERENCES known_hash (id),
  kind TEXT NOT NULL,
  matched_by TEXT NOT NULL,
  distance BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (item, known)
);

-- One row a list: every change of an entry takes the next version.
CREATE TABLE list_version (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  list TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant, list)
);

-- One entry an address; the row says where it stands now, the facts say how it came there.
-- state: listed, suspended, delisted. reason: why it is on the list; left_because: why not.
CREATE TABLE list_entry (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  address TEXT NOT NULL REFERENCES address (id),
  casefile TEXT NOT NULL,
  selector TEXT NOT NULL,
  category TEXT NOT NULL,
  country TEXT NOT NULL,
  reason TEXT NOT NULL,
  provenance TEXT NOT NULL,
  appeal TEXT NOT NULL,
  state TEXT NOT NULL,
  left_because TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (tenant, address)
);
CREATE INDEX list_entry_version ON list_entry (tenant, version);
CREATE INDEX list_entry_expiry ON list_entry (expires_at) WHERE state = 'listed';

-- What went to which credential, when, and how much: never an address.
CREATE TABLE list_delivery (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  credential TEXT NOT NULL,
  list TEXT NOT NULL,
  kind TEXT NOT NULL,
  since_version BIGINT NOT NULL,
  version BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX list_delivery_at ON list_delivery (tenant, at);

CREATE TABLE entry_feedback (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  entry TEXT NOT NULL REFERENCES list_entry (id),
  credential TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX entry_feedback_entry ON entry_feedback (entry, at);

-- Answers to POSTs with an Idempotency-Key, replayed for a day; status 0 is still running.
CREATE TABLE api_answer (
  credential TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  status BIGINT NOT NULL,
  body TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (credential, idempotency_key)
);
