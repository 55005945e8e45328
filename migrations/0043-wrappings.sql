-- A credential that waits in its one-time wrapping. Shortly before the wrapping ends, one look tells whether somebody
-- opened it; what nobody opened is revoked.
CREATE TABLE wrappings (
  link TEXT PRIMARY KEY REFERENCES fetch_links (id),
  grant_id TEXT NOT NULL,
  integration TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'closing', 'closed', 'opened', 'unopened', 'unknown', 'over')),
  look_at INTEGER NOT NULL,
  spend_by INTEGER NOT NULL
) STRICT;
CREATE INDEX wrappings_due ON wrappings (integration, look_at) WHERE state IN ('waiting', 'closing', 'closed');
CREATE TRIGGER settled_wrappings_stay BEFORE UPDATE ON wrappings
WHEN OLD.state NOT IN ('waiting', 'closing', 'closed')
BEGIN
  SELECT RAISE(ABORT, 'a settled wrapping stays settled');
END;
