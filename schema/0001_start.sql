-- The shared nouns, facts, jobs and evidence. One text for SQLite and PostgreSQL:
-- TEXT and BIGINT only, instants in microseconds since 1970, flags 0 and 1.

CREATE TABLE tenant (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL
);

-- Facts are never changed: position, previous and hash are filled in once, by the sealer.
-- @sqlite
CREATE TABLE fact (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  casefile TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  at BIGINT NOT NULL,
  position BIGINT UNIQUE,
  hash TEXT
);
-- @postgresql
CREATE TABLE fact (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  casefile TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  at BIGINT NOT NULL,
  position BIGINT UNIQUE,
  hash TEXT
);
-- @both
CREATE INDEX fact_unsealed ON fact (seq) WHERE position IS NULL;
CREATE INDEX fact_case ON fact (casefile, seq);
CREATE INDEX fact_kind ON fact (kind, at);

CREATE TABLE fact_cursor (
  reader TEXT PRIMARY KEY,
  position BIGINT NOT NULL
);

-- given_up = 1: not taken any more until somebody schedules it again.
-- holder: the worker that has it on lease; due is then the end of the lease.
CREATE TABLE job (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  due BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  given_up BIGINT NOT NULL DEFAULT 0,
  sentence TEXT NOT NULL DEFAULT '',
  holder TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (kind, subject)
);
CREATE INDEX job_due ON job (due) WHERE given_up = 0;

-- digest: HMAC-free SHA-256 of the canonical form, or of the text where there is none,
-- so that a 10 MB address still has a short unique key.
CREATE TABLE address (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  digest TEXT NOT NULL,
  verbatim TEXT NOT NULL,
  canonical TEXT NOT NULL,
  host TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  UNIQUE (tenant, digest)
);

CREATE TABLE casefile (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  address TEXT NOT NULL UNIQUE REFERENCES address (id),
  opened_at BIGINT NOT NULL
);
CREATE INDEX casefile_recent ON casefile (tenant, opened_at);

CREATE TABLE report (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  address TEXT NOT NULL REFERENCES address (id),
  drop_id TEXT NOT NULL UNIQUE,
  door TEXT NOT NULL,
  portal TEXT NOT NULL,
  language TEXT NOT NULL,
  seen_when TEXT NOT NULL,
  access TEXT NOT NULL,
  remarks TEXT NOT NULL,
  duplicate BIGINT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX report_case ON report (casefile);

CREATE TABLE sighting (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  address TEXT NOT NULL REFERENCES address (id),
  at BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  http_status BIGINT NOT NULL,
  final_url TEXT NOT NULL,
  ip TEXT NOT NULL,
  page TEXT NOT NULL,
  screenshot TEXT NOT NULL,
  record TEXT NOT NULL,
  failure TEXT NOT NULL
);
CREATE INDEX sighting_case ON sighting (casefile, at);

CREATE TABLE item (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  md5 TEXT NOT NULL,
  sha1 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  pdq_full TEXT NOT NULL,
  pdq_full_quality BIGINT NOT NULL,
  pdq_nn512 TEXT NOT NULL,
  pdq_nn512_quality BIGINT NOT NULL,
  size BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  UNIQUE (tenant, sha256)
);

CREATE TABLE sighting_item (
  sighting TEXT NOT NULL REFERENCES sighting (id),
  position BIGINT NOT NULL,
  item TEXT NOT NULL REFERENCES item (id),
  media_url TEXT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (sighting, position)
);
CREATE INDEX sighting_item_item ON sighting_item (item);

CREATE TABLE preview (
  item TEXT NOT NULL REFERENCES item (id),
  level BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (item, level)
);

-- wrapped: the case's key under the installation's root key, base64; NULL once erased.
CREATE TABLE evidence_key (
  casefile TEXT PRIMARY KEY,
  wrapped TEXT
);

-- name: where the file lies; digest: HMAC of the bytes under the case's key.
CREATE TABLE evidence (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL,
  kind TEXT NOT NULL,
  digest TEXT NOT NULL,
  wrapped TEXT NOT NULL,
  size BIGINT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (casefile, kind, digest)
);
