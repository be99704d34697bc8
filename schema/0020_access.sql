-- What a reporter needed to get to a page: the words of the form, and a password that is sealed
-- under keys/access.key and bound to its report. Whoever opens it is named in a fact first.

CREATE TABLE report_access (
  report TEXT PRIMARY KEY REFERENCES report (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  needed TEXT NOT NULL,
  password TEXT NOT NULL
);
CREATE INDEX report_access_case ON report_access (casefile);
