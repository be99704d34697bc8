-- Recalls: entries of members' lists that were wrong, and every try to tell the members.

-- One address a member; stopped: nothing is posted until it is given again.
CREATE TABLE member_webhook (
  member TEXT PRIMARY KEY REFERENCES member (id),
  tenant TEXT NOT NULL REFERENCES tenant (id),
  hook_address TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  stopped_at BIGINT,
  stopped_because TEXT NOT NULL
);

-- listed_at: since when members could have taken the entry. An entry that is listed again and
-- recalled again is another recall.
CREATE TABLE recall (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenant (id),
  list TEXT NOT NULL,
  entry TEXT NOT NULL,
  reason TEXT NOT NULL,
  version BIGINT NOT NULL,
  listed_at BIGINT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (tenant, list, version)
);
CREATE INDEX recall_at ON recall (tenant, at);

-- state: waiting, delivered, dropped.
CREATE TABLE recall_message (
  id TEXT PRIMARY KEY,
  recall TEXT NOT NULL REFERENCES recall (id),
  member TEXT NOT NULL REFERENCES member (id),
  state TEXT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX recall_message_recall ON recall_message (recall);
CREATE INDEX recall_message_member ON recall_message (member);

-- status 0: there was no answer.
CREATE TABLE recall_try (
  message TEXT NOT NULL REFERENCES recall_message (id),
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  status BIGINT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (message, number)
);
