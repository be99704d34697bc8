-- People, their sessions, members' keys; the queue, decisions and exposure of assessment.

-- name: what the person signs in with, lower case. totp: the secret sealed under
-- keys/accounts.key, base64; empty without a second factor. failures and locked_until slow
-- down guessing; disabled = 1 keeps the row, because decisions name it for ever.
CREATE TABLE person (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL UNIQUE,
  full_name TEXT NOT NULL,
  role TEXT NOT NULL,
  password TEXT NOT NULL,
  totp TEXT NOT NULL DEFAULT '',
  totp_last BIGINT NOT NULL DEFAULT 0,
  disabled BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  locked_until BIGINT NOT NULL DEFAULT 0,
  added_at BIGINT NOT NULL
);

-- digest: SHA-256 of the token, hex. The token itself is only in the person's browser.
CREATE TABLE staff_session (
  digest TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (id),
  opened_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX staff_session_person ON staff_session (person);

-- The first-run link: one row at most is unused.
CREATE TABLE setup_token (
  digest TEXT PRIMARY KEY,
  made_at BIGINT NOT NULL,
  used_at BIGINT
);

-- kind: isp, phone, social, payment, search, filter, other.
CREATE TABLE member (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  disabled BIGINT NOT NULL DEFAULT 0,
  added_at BIGINT NOT NULL,
  UNIQUE (tenant, name)
);

-- digest: SHA-256 of the key, hex; the keys have 256 random bits, so no salt is needed.
CREATE TABLE member_key (
  digest TEXT PRIMARY KEY,
  member TEXT NOT NULL REFERENCES member (id),
  label TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX member_key_member ON member_key (member);

-- One row a case. look: 1 the first analyst, 2 the second (blind), 3 the deciding senior.
CREATE TABLE assessment (
  casefile TEXT PRIMARY KEY REFERENCES casefile (id),
  tenant TEXT NOT NULL REFERENCES tenant (id),
  state TEXT NOT NULL,
  look BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  reason TEXT NOT NULL,
  scheme TEXT NOT NULL,
  grade_mode TEXT NOT NULL,
  entered_at BIGINT NOT NULL,
  claimed_by TEXT,
  claimed_until BIGINT
);
CREATE INDEX assessment_queue ON assessment (tenant, state, priority, entered_at);
CREATE INDEX assessment_claims ON assessment (claimed_by);

-- A finished look. withdrawn_at: overturned later; the row stays.
CREATE TABLE assessment_look (
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  look BIGINT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  verdict TEXT NOT NULL,
  category TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  item TEXT NOT NULL,
  scheme TEXT NOT NULL,
  decides BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  withdrawn_at BIGINT
);
CREATE INDEX assessment_look_case ON assessment_look (casefile, look);
CREATE INDEX assessment_look_person ON assessment_look (person, finished_at);

-- Append only. step: all events of one decision (category, then age, then sex) share it, and
-- undo and redo name it. act: set, undo, redo.
-- @sqlite
CREATE TABLE assessment_event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  look BIGINT NOT NULL,
  item TEXT NOT NULL REFERENCES item (id),
  person TEXT NOT NULL REFERENCES person (id),
  act TEXT NOT NULL,
  step TEXT NOT NULL,
  category TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  flags TEXT NOT NULL,
  at BIGINT NOT NULL
);
-- @postgresql
CREATE TABLE assessment_event (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  look BIGINT NOT NULL,
  item TEXT NOT NULL REFERENCES item (id),
  person TEXT NOT NULL REFERENCES person (id),
  act TEXT NOT NULL,
  step TEXT NOT NULL,
  category TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  flags TEXT NOT NULL,
  at BIGINT NOT NULL
);
-- @both
CREATE INDEX assessment_event_case ON assessment_event (casefile, look, seq);
CREATE INDEX assessment_event_item ON assessment_event (item);

-- What matches say about an item before anybody looks. exact = 1 fills it in, 0 suggests.
CREATE TABLE assessment_prefill (
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  item TEXT NOT NULL REFERENCES item (id),
  category TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  source TEXT NOT NULL,
  exact BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (casefile, item)
);

-- A row for each minute of a UTC day in which a person was shown a picture.
CREATE TABLE exposure_minute (
  person TEXT NOT NULL REFERENCES person (id),
  day TEXT NOT NULL,
  minute BIGINT NOT NULL,
  PRIMARY KEY (person, day, minute)
);

-- what: level_1 to level_4, or avoided.
CREATE TABLE exposure_count (
  person TEXT NOT NULL REFERENCES person (id),
  day TEXT NOT NULL,
  what TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (person, day, what)
);
