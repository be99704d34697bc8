-- Tracing as evidence: what a trace found beside the columns (differences between the vantages, the name's
-- registrar, the route, the certificate, the origin behind a proxy), as JSON of src/tracing/trace_details.cc.
ALTER TABLE hosting_episode ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- A case whose site bears the marks of another case's site at another host. marks: JSON list of the kinds that
-- agree. sure: two independent marks agree that few sites carry; else a person looks first.
CREATE TABLE site_link (
  casefile TEXT NOT NULL REFERENCES casefile (id),
  earlier TEXT NOT NULL REFERENCES casefile (id),
  earlier_host TEXT NOT NULL,
  marks TEXT NOT NULL,
  sure BIGINT NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (casefile, earlier)
);
