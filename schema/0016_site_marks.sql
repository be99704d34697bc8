-- By what a site is known again under another name. One row for each mark, case and host; a mark is
-- 16 hex digits (near marks: structure, paths) or a SHA-256 (equal marks: favicon, payment).
CREATE TABLE site_mark (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  casefile TEXT NOT NULL,
  host TEXT NOT NULL,
  sighting TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, value, casefile, host)
);
CREATE INDEX site_mark_of_case ON site_mark (casefile);
