-- Connectors beside vaults that the server cannot reach, and the one-time tokens with which they join.
CREATE TABLE remote_connectors (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  integration TEXT NOT NULL,
  -- The key of a revoked connector never joins again.
  key TEXT NOT NULL UNIQUE,
  joined_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  revoked_at INTEGER,
  revoked_by TEXT,
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;
-- An integration has one connector at a time.
CREATE UNIQUE INDEX remote_connector_of ON remote_connectors (integration) WHERE revoked_at IS NULL;

CREATE TABLE connector_invitations (
  hash TEXT PRIMARY KEY,
  integration TEXT NOT NULL,
  invited_by TEXT NOT NULL,
  invited_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > invited_at),
  -- Who used it; it is used once.
  connector TEXT UNIQUE REFERENCES remote_connectors (id)
) STRICT;
CREATE TRIGGER remote_connectors_stay BEFORE DELETE ON remote_connectors
BEGIN
  SELECT RAISE(ABORT, 'a connector is never deleted');
END;
CREATE TRIGGER revoked_connectors_stay BEFORE UPDATE ON remote_connectors WHEN OLD.revoked_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a revoked connector stays revoked');
END;
