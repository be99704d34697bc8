-- Portals: which of them are live, whose tenant files their reports, and who may report by mail.

-- id: the pack's. tenant: where its reports are filed; the home tenant if the home desk works for
-- it. A withdrawn portal keeps its row: its reports stay, and so do their receipts.
CREATE TABLE portal (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  live BIGINT NOT NULL,
  published_at BIGINT NOT NULL
);

-- Whose status folder holds the parcel, and in whose name its mails are written.
ALTER TABLE reporter ADD COLUMN portal TEXT NOT NULL DEFAULT 'main';
CREATE INDEX report_portal ON report (portal, received_at);

-- Who may report by mail. token_digest: SHA-256 of the token, or empty where only a DKIM signature
-- of dkim_domain counts. The From line alone never counts.
CREATE TABLE mail_sender (
  address TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  token_digest TEXT NOT NULL,
  dkim_domain TEXT NOT NULL,
  added_at BIGINT NOT NULL
);
