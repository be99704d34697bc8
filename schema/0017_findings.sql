-- What analysts find out about a case: regions of a picture, places, methods, research; series of
-- cases; answers to the universal labels; who works when.

-- kind: region, place, method, research. value: what the kind says (a thing, a country, a method's
-- id, where it was looked up). confidence: 0 to 100, of a place only. The frame of a region is in
-- thousandths of the picture. words are a person's and stay here, never in a fact.
CREATE TABLE finding (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  item TEXT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  confidence BIGINT NOT NULL,
  words TEXT NOT NULL,
  frame_left BIGINT NOT NULL,
  frame_top BIGINT NOT NULL,
  frame_width BIGINT NOT NULL,
  frame_height BIGINT NOT NULL,
  at BIGINT NOT NULL,
  removed_at BIGINT
);
CREATE INDEX finding_case ON finding (casefile, at);
CREATE INDEX finding_value ON finding (tenant, kind, value);

CREATE TABLE case_series (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL,
  made_by TEXT NOT NULL REFERENCES person (id),
  made_at BIGINT NOT NULL,
  UNIQUE (tenant, name)
);
CREATE TABLE case_series_member (
  series TEXT NOT NULL REFERENCES case_series (id),
  casefile TEXT NOT NULL REFERENCES casefile (id),
  person TEXT NOT NULL REFERENCES person (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (series, casefile)
);
CREATE INDEX case_series_member_case ON case_series_member (casefile);

-- One person's answers about one item; another person's blind answers are rows of their own.
CREATE TABLE item_label (
  casefile TEXT NOT NULL REFERENCES casefile (id),
  item TEXT NOT NULL REFERENCES item (id),
  person TEXT NOT NULL REFERENCES person (id),
  label TEXT NOT NULL,
  answer TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (casefile, item, person, label)
);

-- day: YYYY-MM-DD. shift: early, late, other (work without pictures) or off.
CREATE TABLE rota (
  person TEXT NOT NULL REFERENCES person (id),
  day TEXT NOT NULL,
  shift TEXT NOT NULL,
  changed_by TEXT NOT NULL REFERENCES person (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (person, day)
);
