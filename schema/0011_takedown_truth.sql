-- The truth of a removal, the contact registry, the gate's policies, letters that come back.

-- number: the order of looks, whatever the clock said. second: what the second vantage saw, or
-- empty. lane: how soon the next look was due, and why.
ALTER TABLE liveness_check ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE liveness_check ADD COLUMN second TEXT NOT NULL DEFAULT '';
ALTER TABLE liveness_check ADD COLUMN lane TEXT NOT NULL DEFAULT '';

-- What an address showed: a page, or a picture that lies at a host of its own.
CREATE TABLE liveness_place (
  casefile TEXT NOT NULL REFERENCES casefile (id),
  address TEXT NOT NULL REFERENCES address (id),
  fingerprint TEXT NOT NULL,
  referrer TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (casefile, address)
);

-- What a person is asked about: if they say "gone", the host's way of saying so is learned.
CREATE TABLE liveness_doubt (
  notice TEXT PRIMARY KEY REFERENCES notice (id),
  fingerprint TEXT NOT NULL,
  at BIGINT NOT NULL
);

-- The contact registry. alias_of: letters go to that mailbox instead. interval_seconds: the least
-- time between two letters; 0: none.
ALTER TABLE takedown_contact ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE takedown_contact ADD COLUMN alias_of TEXT NOT NULL DEFAULT '';
ALTER TABLE takedown_contact ADD COLUMN interval_seconds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE takedown_contact ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;

CREATE TABLE takedown_contact_event (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  email TEXT NOT NULL,
  number BIGINT NOT NULL,
  actor TEXT NOT NULL,
  deed TEXT NOT NULL,
  words TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (tenant, email, number)
);

-- Letters that came back to us: replies, automatic answers, bounces. notice is empty where no
-- reference was found: a person files it.
CREATE TABLE notice_incoming (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  notice TEXT NOT NULL,
  letter TEXT NOT NULL,
  kind TEXT NOT NULL,
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  words TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  seen_by TEXT NOT NULL,
  seen_at BIGINT
);
CREATE INDEX notice_incoming_notice ON notice_incoming (notice, at);
CREATE INDEX notice_incoming_waiting ON notice_incoming (tenant, seen_at);

-- A hold has an agency, a reason and an end.
ALTER TABLE notice ADD COLUMN hold_agency TEXT NOT NULL DEFAULT '';
ALTER TABLE notice ADD COLUMN hold_until BIGINT;

-- Policies by which an agency has authorised in advance: the document as signed, never changed.
CREATE TABLE gate_policy (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  agency TEXT NOT NULL,
  document TEXT NOT NULL,
  signature TEXT NOT NULL,
  signer TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  revoked_by TEXT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX gate_policy_tenant ON gate_policy (tenant, revoked_at);

-- The public keys of agencies, entered by a manager.
CREATE TABLE gate_agency (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  agency TEXT NOT NULL,
  public_key TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, agency)
);

-- Every check of a notice against the policies: what was asked, what was found.
CREATE TABLE gate_check (
  notice TEXT NOT NULL REFERENCES notice (id),
  policy TEXT NOT NULL,
  number BIGINT NOT NULL,
  passed BIGINT NOT NULL,
  why TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (notice, number)
);
