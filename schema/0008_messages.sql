-- Messages between the hotline and a reporter whom nobody knows: a question goes into the status
-- parcel, which only the receipt opens; the answer comes back through the drop.

-- id: of a question its own, of an answer the drop id, so that it is kept once however often it is
-- filed. author: a person, or 'reporter'. casefile: where it was asked; of an answer, where it was
-- last asked. place counts within one receipt, so that the order is that of filing.
CREATE TABLE reporter_message (
  id TEXT PRIMARY KEY,
  parcel TEXT NOT NULL REFERENCES reporter (parcel),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  author TEXT NOT NULL,
  body TEXT NOT NULL,
  at BIGINT NOT NULL,
  place BIGINT NOT NULL,
  UNIQUE (parcel, place)
);
