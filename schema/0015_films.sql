-- What was seen of a film, and how a picture looks upright.

-- frames: vPDQ lines "frame,quality,hash,seconds"; tmk: the sealed vector's evidence id, or empty.
-- whole = 0: the look ended early. key_frames = 1: too long, so only its key frames were looked at.
CREATE TABLE film (
  item TEXT PRIMARY KEY REFERENCES item (id),
  frames TEXT NOT NULL,
  milliseconds BIGINT NOT NULL,
  whole BIGINT NOT NULL,
  key_frames BIGINT NOT NULL,
  tmk TEXT NOT NULL
);

-- Only of a picture that its EXIF orientation turns: PDQ (profile FULL) of what a viewer shows.
CREATE TABLE item_shown (
  item TEXT PRIMARY KEY REFERENCES item (id),
  pdq TEXT NOT NULL,
  quality BIGINT NOT NULL
);
