-- The secrets that were read with an access: whom it was told, and whether a newer value is there.
CREATE TABLE rotations (
  grant_id TEXT NOT NULL REFERENCES grants (id),
  integration TEXT NOT NULL,
  path TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'ignored', 'unchanged', 'changed', 'gone', 'given-up')),
  turn INTEGER NOT NULL,
  id TEXT UNIQUE,
  secret TEXT,
  reads TEXT CHECK (json_type(reads) = 'object'),
  version INTEGER,
  changed_at INTEGER,
  hook TEXT CHECK (hook IN ('due', 'done', 'failed')),
  hook_at INTEGER,
  tries INTEGER NOT NULL,
  look_at INTEGER,
  looks INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (grant_id, path),
  -- Whoever is told is told of a secret, with an id that a receiver knows again.
  CHECK (state IN ('waiting', 'ignored') OR (id IS NOT NULL AND secret IS NOT NULL AND reads IS NOT NULL)),
  CHECK ((hook_at IS NOT NULL) = (hook IS NOT NULL AND hook = 'due'))
) STRICT;
CREATE INDEX rotations_waiting ON rotations (integration, grant_id) WHERE state = 'waiting';
CREATE INDEX rotations_look ON rotations (integration, look_at) WHERE look_at IS NOT NULL;
CREATE INDEX rotations_hook ON rotations (integration, hook_at) WHERE hook_at IS NOT NULL;
CREATE INDEX rotations_by_age ON rotations (until);
