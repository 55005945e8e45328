-- Discovery that goes on where a killed process left it, and that writes nothing for what did not change.

-- The walk over each integration's vault that is under way, or the last one. Its name is the moment that it began.
CREATE TABLE passes (
  integration TEXT PRIMARY KEY,
  began INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  ended_at INTEGER,
  -- The last one that had looked everywhere, and when it ended.
  completed INTEGER NOT NULL,
  completed_at INTEGER,
  -- Under which key the owner tags were looked for.
  owner_key TEXT NOT NULL,
  done INTEGER NOT NULL CHECK (done >= 0),
  known INTEGER NOT NULL CHECK (known >= done),
  -- How many folders the pass before had: for an estimate of the end.
  expected INTEGER NOT NULL CHECK (expected >= 0),
  resources INTEGER NOT NULL CHECK (resources >= 0)
) STRICT, WITHOUT ROWID;

-- Folders (or pages of long ones) in the connector's own words, kept from pass to pass.
CREATE TABLE folders (
  number INTEGER PRIMARY KEY,
  integration TEXT NOT NULL REFERENCES passes (integration),
  folder TEXT NOT NULL,
  -- The newest passes that found it, that looked into it, and that saw something else in it than the one before.
  wanted INTEGER NOT NULL,
  looked INTEGER NOT NULL DEFAULT 0 CHECK (looked <= wanted),
  changed INTEGER NOT NULL DEFAULT 0 CHECK (changed <= looked),
  -- SHA-256 of what it showed.
  fingerprint TEXT NOT NULL DEFAULT '',
  UNIQUE (integration, folder)
) STRICT;
CREATE INDEX folders_ahead ON folders (integration, wanted, number) WHERE looked < wanted;

-- A resource is there while the folder that showed it is looked into and shows it: see `closePass`.
ALTER TABLE resources ADD COLUMN folder INTEGER REFERENCES folders (number) ON DELETE SET NULL;
-- For tags that are read one by one: when that was last done, 0 before the first time.
ALTER TABLE resources ADD COLUMN tag_read_at INTEGER;
CREATE INDEX resources_of_folder ON resources (folder, is_gone, seen_at);
CREATE INDEX resources_by_tag ON resources (integration, tag_read_at) WHERE tag_read_at IS NOT NULL AND is_gone = 0;

-- A first pass over a large vault spent a third of its writing on tidying the text indexes over and over. Now each pass
-- tidies a little when it is over.
INSERT INTO resource_parts (resource_parts, rank) VALUES ('automerge', 16);
INSERT INTO resource_words (resource_words, rank) VALUES ('automerge', 16);
