-- The console: two-person approvals, exposure budget, second opinions, passkeys, preferences.

-- What one person asks and another must allow. kind: which action; subject: the id of what it is
-- about; details: JSON that the action needs, words of its own only. state: asked, approved,
-- refused, withdrawn. reason is a person's sentence and stays here, never in a fact.
CREATE TABLE approval (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_by TEXT NOT NULL REFERENCES person (id),
  asked_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  decided_by TEXT REFERENCES person (id),
  decided_at BIGINT
);
CREATE INDEX approval_open ON approval (tenant, state, asked_at);

-- One row a person: where the person stands since the last long rest (assessment/budget.h).
-- last_minute: minute since 1970 in which a picture was last served. shift_began and shift_ends
-- are such minutes too, 0 before the first picture or check-in. lifted_until: an override.
CREATE TABLE exposure_state (
  person TEXT PRIMARY KEY REFERENCES person (id),
  last_minute BIGINT NOT NULL DEFAULT 0,
  used BIGINT NOT NULL DEFAULT 0,
  streak BIGINT NOT NULL DEFAULT 0,
  dose BIGINT NOT NULL DEFAULT 0,
  severe_run BIGINT NOT NULL DEFAULT 0,
  severe BIGINT NOT NULL DEFAULT 0,
  shift_began BIGINT NOT NULL DEFAULT 0,
  shift_ends BIGINT NOT NULL DEFAULT 0,
  lifted_until BIGINT NOT NULL DEFAULT 0,
  opt_outs TEXT NOT NULL DEFAULT ''
);

-- What a person has set for themself: keys, density, tighter limits, standing opt-outs.
CREATE TABLE person_preference (
  person TEXT NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (person, name)
);

-- A second reader who sees the first answer after giving their own: keep or change.
CREATE TABLE assessment_compare (
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  look BIGINT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  choice TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX assessment_compare_case ON assessment_compare (casefile);

-- Colleagues called over to one item. state of an answer: asked, accepted, declined, given.
CREATE TABLE consult (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  item TEXT NOT NULL REFERENCES item (id),
  asked_by TEXT NOT NULL REFERENCES person (id),
  asked_at BIGINT NOT NULL,
  opened_at BIGINT
);
CREATE INDEX consult_case ON consult (casefile);
CREATE TABLE consult_answer (
  consult TEXT NOT NULL REFERENCES consult (id),
  person TEXT NOT NULL REFERENCES person (id),
  state TEXT NOT NULL,
  category TEXT NOT NULL DEFAULT '',
  age TEXT NOT NULL DEFAULT '',
  sex TEXT NOT NULL DEFAULT '',
  words TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  PRIMARY KEY (consult, person)
);
CREATE INDEX consult_answer_person ON consult_answer (person, state);

-- A decision drawn for a blind second grade of one item. The first grade stays in the events.
CREATE TABLE quality_sample (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES assessment (casefile),
  item TEXT NOT NULL REFERENCES item (id),
  scheme TEXT NOT NULL,
  first_by TEXT NOT NULL REFERENCES person (id),
  first_category TEXT NOT NULL,
  first_age TEXT NOT NULL,
  first_sex TEXT NOT NULL,
  drawn_at BIGINT NOT NULL,
  taken_by TEXT REFERENCES person (id),
  taken_until BIGINT,
  category TEXT NOT NULL DEFAULT '',
  age TEXT NOT NULL DEFAULT '',
  sex TEXT NOT NULL DEFAULT '',
  given_at BIGINT,
  UNIQUE (casefile, item)
);
CREATE INDEX quality_sample_open ON quality_sample (tenant, given_at, drawn_at);

-- Opening previews outside of one's own open case: written before the first byte leaves.
CREATE TABLE break_glass (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  person TEXT NOT NULL REFERENCES person (id),
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  closes_at BIGINT NOT NULL,
  reviewed_by TEXT REFERENCES person (id),
  reviewed_at BIGINT,
  finding TEXT NOT NULL DEFAULT ''
);
CREATE INDEX break_glass_open ON break_glass (tenant, reviewed_at);
CREATE INDEX break_glass_person ON break_glass (person, casefile);

-- id: the credential's id, base64url. public_key: 64 bytes x and y, base64url. counter: as the
-- authenticator last said; 0 where it does not count.
CREATE TABLE passkey (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (id),
  label TEXT NOT NULL,
  public_key TEXT NOT NULL,
  counter BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  used_at BIGINT,
  removed_at BIGINT
);
CREATE INDEX passkey_person ON passkey (person);
-- Challenges are good once and for five minutes. person: empty for signing in.
CREATE TABLE passkey_challenge (
  digest TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  made_at BIGINT NOT NULL
);

-- Notes on an item or a case, and saved views of the queue.
CREATE TABLE case_note (
  id TEXT PRIMARY KEY,
  casefile TEXT NOT NULL REFERENCES casefile (id),
  item TEXT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  words TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX case_note_case ON case_note (casefile, at);
