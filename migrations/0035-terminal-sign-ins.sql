-- Sign-ins of terminals that are under way. A row holds hashes of codes, never a code.
CREATE TABLE terminal_sign_ins (
  hash TEXT PRIMARY KEY,
  typed TEXT UNIQUE,
  challenge TEXT CHECK ((challenge IS NULL) = (typed IS NOT NULL)),
  key TEXT NOT NULL,
  label TEXT NOT NULL,
  address TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  person TEXT,
  rights TEXT CHECK (rights IN ('own', 'all') AND (rights IS NULL) = (person IS NULL)),
  permitted_at INTEGER CHECK ((permitted_at IS NULL) = (person IS NULL)),
  signed_in_at INTEGER CHECK (signed_in_at IS NULL OR person IS NOT NULL),
  session TEXT UNIQUE REFERENCES sessions (id) ON DELETE CASCADE CHECK (session IS NULL OR person IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX terminal_sign_ins_by_end ON terminal_sign_ins (expires_at);

CREATE TRIGGER terminal_sign_ins_stay_permitted
BEFORE UPDATE OF person, rights, permitted_at, signed_in_at ON terminal_sign_ins WHEN OLD.person IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a terminal is permitted once');
END;
CREATE TRIGGER terminal_sign_ins_are_exchanged_once
BEFORE UPDATE OF session ON terminal_sign_ins WHEN OLD.session IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a sign-in becomes one session');
END;
