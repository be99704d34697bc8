-- Tracing and takedown: where addresses live, the notices, and the looks that prove a removal.

-- confirmed: the last trace that found nothing new; ended: when it was found elsewhere.
CREATE TABLE hosting_episode (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  address TEXT NOT NULL REFERENCES address (id),
  host TEXT NOT NULL,
  ips TEXT NOT NULL,
  networks TEXT NOT NULL,
  network TEXT NOT NULL,
  network_name TEXT NOT NULL,
  parent TEXT NOT NULL,
  contact TEXT NOT NULL,
  upstream_contact TEXT NOT NULL,
  asn BIGINT NOT NULL,
  organisation TEXT NOT NULL,
  cdn TEXT NOT NULL,
  country TEXT NOT NULL,
  confidence TEXT NOT NULL,
  votes TEXT NOT NULL,
  contact_set_by TEXT NOT NULL DEFAULT '',
  contact_reason TEXT NOT NULL DEFAULT '',
  contact_set_at BIGINT,
  began BIGINT NOT NULL,
  confirmed BIGINT NOT NULL,
  ended BIGINT
);
-- An address lives in one place at a time.
CREATE UNIQUE INDEX hosting_episode_current ON hosting_episode (address) WHERE ended IS NULL;
CREATE INDEX hosting_episode_address ON hosting_episode (address, began);

-- Every raw answer, word for word: tracing is evidence. The answers that began an episode, those that
-- closed one and failures are kept; a trace that merely confirms replaces the last confirming one.
CREATE TABLE trace_answer (
  episode TEXT NOT NULL,
  number BIGINT NOT NULL,
  trace TEXT NOT NULL,
  method TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (episode, trace, number)
);

CREATE TABLE takedown_contact (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  email TEXT NOT NULL,
  origin TEXT NOT NULL,
  approved BIGINT NOT NULL,
  approved_by TEXT NOT NULL,
  bounce TEXT NOT NULL,
  language TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  PRIMARY KEY (tenant, email)
);

-- token: SHA-256 of the answer link's token; the token itself is made from the link key.
CREATE TABLE notice (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  address TEXT NOT NULL REFERENCES address (id),
  state TEXT NOT NULL,
  episode TEXT NOT NULL,
  hosting TEXT NOT NULL,
  locations TEXT NOT NULL,
  items TEXT NOT NULL,
  category TEXT NOT NULL,
  baseline BIGINT NOT NULL,
  home BIGINT NOT NULL,
  gate_passed BIGINT NOT NULL,
  hold_reason TEXT NOT NULL,
  contact TEXT NOT NULL,
  trouble TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  leaves_at BIGINT,
  sent_at BIGINT,
  deadline BIGINT,
  extended BIGINT NOT NULL,
  first_removed_at BIGINT,
  closed_at BIGINT,
  ending TEXT,
  returns BIGINT NOT NULL,
  link_expires BIGINT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  UNIQUE (casefile, episode)
);
CREATE INDEX notice_state ON notice (tenant, state, opened_at);

-- A letter that left is evidence of notice: its text stays as it was sent, with the link blanked.
CREATE TABLE notice_letter (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  notice TEXT NOT NULL REFERENCES notice (id),
  kind TEXT NOT NULL,
  round BIGINT NOT NULL,
  state TEXT NOT NULL,
  due BIGINT NOT NULL,
  recipient TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  twin TEXT NOT NULL,
  twin_name TEXT NOT NULL,
  language TEXT NOT NULL,
  begun_at BIGINT,
  sent_at BIGINT,
  server_line TEXT NOT NULL
);
CREATE INDEX notice_letter_notice ON notice_letter (notice, due);
CREATE INDEX notice_letter_share ON notice_letter (tenant, recipient, begun_at);

-- Reasons that people gave. Facts hold ids only, so words stand here, where they can be erased.
CREATE TABLE notice_note (
  notice TEXT NOT NULL REFERENCES notice (id),
  number BIGINT NOT NULL,
  actor TEXT NOT NULL,
  deed TEXT NOT NULL,
  words TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (notice, number)
);

CREATE TABLE notice_answer (
  notice TEXT NOT NULL REFERENCES notice (id),
  number BIGINT NOT NULL,
  answer TEXT NOT NULL,
  words TEXT NOT NULL,
  forward TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (notice, number)
);

-- What a page was when it was captured: digests and a sketch, no text.
CREATE TABLE liveness_before (
  casefile TEXT PRIMARY KEY REFERENCES casefile (id),
  fingerprint TEXT NOT NULL,
  referrer TEXT NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE liveness_check (
  notice TEXT NOT NULL REFERENCES notice (id),
  at BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  why TEXT NOT NULL,
  status BIGINT NOT NULL,
  unreachable BIGINT NOT NULL,
  PRIMARY KEY (notice, at)
);

-- How a host's "removed" pages look, learned where a removal was proven.
CREATE TABLE liveness_removed_page (
  tenant TEXT NOT NULL,
  host TEXT NOT NULL,
  sketch TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  learned_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, host, sketch)
);
