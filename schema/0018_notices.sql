-- Notices to their end: the ladder, replies and bounces, police agencies.

-- step: whom the last letter asks (policy/ladder.json); asks: how often that one was asked. agency: who
-- decides at the gate; hold_until: when a hold is asked about again; authority: the pre-authorisation
-- that let it pass. urgent: never waits for a calendar, never shares a mail with what is not.
ALTER TABLE notice ADD COLUMN step TEXT NOT NULL DEFAULT 'host';
ALTER TABLE notice ADD COLUMN asks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN agency TEXT NOT NULL DEFAULT '';
ALTER TABLE notice ADD COLUMN hold_until BIGINT;
ALTER TABLE notice ADD COLUMN authority TEXT NOT NULL DEFAULT '';
ALTER TABLE notice ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0;

-- mail: the Message-ID that the letter left under; letters to one mailbox may share a mail.
ALTER TABLE notice_letter ADD COLUMN mail TEXT NOT NULL DEFAULT '';
CREATE INDEX notice_letter_mail ON notice_letter (mail);
CREATE INDEX notice_letter_waiting ON notice_letter (tenant, state, due);

-- repeats: how many reminders this mailbox gets; -1: as the ladder says.
ALTER TABLE takedown_contact ADD COLUMN repeats BIGINT NOT NULL DEFAULT -1;

-- What came back to the mailbox of the notices. One row for each notice that the mail speaks of;
-- notice is empty where it names none. id: digest of the mail and the notice.
CREATE TABLE notice_reply (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  notice TEXT NOT NULL,
  letter TEXT NOT NULL,
  kind TEXT NOT NULL,
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  words TEXT NOT NULL,
  meaning TEXT NOT NULL,
  status TEXT NOT NULL,
  at BIGINT NOT NULL,
  seen_by TEXT NOT NULL,
  seen_at BIGINT
);
CREATE INDEX notice_reply_notice ON notice_reply (notice, at);
CREATE INDEX notice_reply_unseen ON notice_reply (tenant, seen_by, at);

-- The police agencies of the gate. countries, networks: of the hosts that are theirs, apart by blanks;
-- empty: all. public_key: that their pre-authorisations are signed with.
CREATE TABLE takedown_agency (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  countries TEXT NOT NULL,
  networks TEXT NOT NULL,
  public_key TEXT NOT NULL,
  hold_seconds BIGINT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE takedown_agency_person (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  person TEXT NOT NULL,
  agency TEXT NOT NULL,
  PRIMARY KEY (tenant, person)
);

-- What an agency has authorised in advance: its own signed words.
CREATE TABLE takedown_authority (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  agency TEXT NOT NULL,
  document TEXT NOT NULL,
  signature TEXT NOT NULL,
  public_key TEXT NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  accepted_by TEXT NOT NULL,
  accepted_at BIGINT NOT NULL,
  revoked_by TEXT NOT NULL,
  revoked_at BIGINT,
  revoke_reason TEXT NOT NULL
);
CREATE INDEX takedown_authority_valid ON takedown_authority (tenant, valid_until);

-- What the police work on: no pre-authorisation covers it. kind: host, network, item.
CREATE TABLE takedown_investigation (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  agency TEXT NOT NULL,
  person TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, value)
);
