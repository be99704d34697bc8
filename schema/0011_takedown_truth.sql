-- The truth of a removal, and the contact registry.

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
