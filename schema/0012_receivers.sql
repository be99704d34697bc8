-- Receivers that hosts run, and the receipts that they signed.

CREATE TABLE takedown_receiver (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  mailbox TEXT NOT NULL,
  push_address TEXT NOT NULL,
  push_key TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, mailbox)
);

-- Document and signature as they came: whoever has the receiver's key can check them.
CREATE TABLE takedown_receipt (
  letter TEXT PRIMARY KEY,
  notice TEXT NOT NULL,
  document TEXT NOT NULL,
  signed_second TEXT NOT NULL,
  signature TEXT NOT NULL,
  push_key TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX takedown_receipt_of_notice ON takedown_receipt (notice);
