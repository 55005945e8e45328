-- Sign-ins of terminals and browsers. A row holds hashes of tokens, never a token.
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('terminal', 'browser')),
  person TEXT NOT NULL,
  rights TEXT NOT NULL CHECK (rights IN ('own', 'all')),
  label TEXT NOT NULL,
  address TEXT NOT NULL,
  key TEXT CHECK ((key IS NOT NULL) = (kind = 'terminal')),
  access TEXT NOT NULL UNIQUE,
  access_until INTEGER NOT NULL,
  refresh TEXT UNIQUE CHECK ((refresh IS NOT NULL) = (kind = 'terminal')),
  rotated_from TEXT,
  rotated_at INTEGER CHECK ((rotated_at IS NULL) = (rotated_from IS NULL)),
  rotated_attempt TEXT CHECK (rotated_attempt IS NULL OR rotated_from IS NOT NULL),
  rotated_seen INTEGER CHECK (rotated_seen IN (0, 1) AND (rotated_seen IS NULL) = (rotated_from IS NULL)),
  opened_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at <= opened_at + 43200000),
  signed_in_at INTEGER,
  ended_at INTEGER,
  ended_why TEXT CHECK ((ended_why IS NULL) = (ended_at IS NULL) AND ended_why IN
    ('signed-out', 'token-reused', 'person-removed', 'account-deactivated', 'by-operator', 'too-many')),
  revision INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_of_person ON sessions (person, expires_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TRIGGER sessions_stay_ended BEFORE UPDATE ON sessions WHEN OLD.ended_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'an ended session stays ended');
END;
CREATE TRIGGER sessions_end_in_time BEFORE UPDATE OF expires_at ON sessions WHEN NEW.expires_at > OLD.expires_at
BEGIN
  SELECT RAISE(ABORT, 'a session never gets longer');
END;

-- Refresh tokens that were used up: whoever shows one again ends its session.
CREATE TABLE spent_tokens (
  hash TEXT PRIMARY KEY,
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_tokens_of_session ON spent_tokens (session);

CREATE TRIGGER named_people_of_session AFTER INSERT ON sessions
BEGIN
  INSERT INTO named_people (person) VALUES (NEW.person) ON CONFLICT DO NOTHING;
END;
