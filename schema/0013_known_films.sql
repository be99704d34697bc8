-- Films among the known items, and by which history of the known set a follower knows where it is.

-- The frames of a known film: vPDQ lines "frame,quality,hash,seconds".
CREATE TABLE known_film (
  known TEXT PRIMARY KEY REFERENCES known_hash (id),
  frames TEXT NOT NULL
);

-- Who took the tenant's latest version: a process names itself anew each time it starts.
ALTER TABLE known_version ADD COLUMN writer TEXT NOT NULL DEFAULT '';

-- Each time another process takes the next version: its name, and the version before it. A database
-- that was restored and then changed so has an epoch that begins before what a follower has seen.
CREATE TABLE known_epoch (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  number BIGINT NOT NULL,
  writer TEXT NOT NULL,
  from_version BIGINT NOT NULL,
  PRIMARY KEY (tenant, number)
);
