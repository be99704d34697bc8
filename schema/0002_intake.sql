-- Intake: who gets an answer, what they were told, and the vault of contacts.

-- One row a receipt. parcel: name of the status parcel, made from the receipt, which itself is
-- nowhere. version counts changes, published is the version that lies in the status folder.
CREATE TABLE reporter (
  parcel TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  public_key TEXT NOT NULL,
  erased BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 1,
  published BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX reporter_unpublished ON reporter (parcel) WHERE version > published;

-- The reports under a receipt, in the order of the submission.
CREATE TABLE reporter_report (
  report TEXT PRIMARY KEY REFERENCES report (id),
  parcel TEXT NOT NULL REFERENCES reporter (parcel),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  place BIGINT NOT NULL,
  UNIQUE (parcel, place)
);
CREATE INDEX reporter_report_case ON reporter_report (casefile);

-- What the reporter may see, step by step; number counts from 0.
CREATE TABLE reporter_step (
  report TEXT NOT NULL REFERENCES reporter_report (report),
  number BIGINT NOT NULL,
  stage TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (report, number)
);

-- The vault: sealed under a key of its own, found by receipt only. Erasing a row breaks nothing.
CREATE TABLE contact (
  parcel TEXT PRIMARY KEY REFERENCES reporter (parcel),
  sealed TEXT NOT NULL
);

-- The outbox of mails to reporters: at most one for each receipt and stage. The message id is made
-- from both, so that a mail that was sent twice is one mail to whoever receives it.
CREATE TABLE reporter_mail (
  message_id TEXT PRIMARY KEY,
  parcel TEXT NOT NULL REFERENCES reporter (parcel),
  stage TEXT NOT NULL,
  state TEXT NOT NULL,
  due BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  sentence TEXT NOT NULL DEFAULT ''
);
CREATE INDEX reporter_mail_due ON reporter_mail (due) WHERE state IN ('waiting', 'sending');
