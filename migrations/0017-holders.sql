-- Claims are named by who holds them, so that several processes can share a database. Only one could have it until now,
-- so what is claimed was held by a process that is no more.
UPDATE grants SET claimed_until = NULL WHERE claimed_until IS NOT NULL;
UPDATE accounts SET claimed_until = NULL WHERE claimed_until IS NOT NULL;
UPDATE cards SET claimed_until = NULL WHERE claimed_until IS NOT NULL;
-- The process, a dot, and a number that it gives once.
ALTER TABLE grants ADD COLUMN claim TEXT CHECK ((claim IS NULL) = (claimed_until IS NULL));
ALTER TABLE accounts ADD COLUMN claim TEXT CHECK ((claim IS NULL) = (claimed_until IS NULL));
ALTER TABLE cards ADD COLUMN claim TEXT CHECK ((claim IS NULL) = (claimed_until IS NULL));

-- Each process that lives, and until when it does unless it says so again.
CREATE TABLE holders (
  id TEXT PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What only one process may do at a time.
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
