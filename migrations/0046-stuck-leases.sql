-- What a vault has given up ending, such as a login of a database. People are told once, and again when it is gone.
CREATE TABLE stuck_leases (
  integration TEXT NOT NULL,
  lease TEXT NOT NULL,
  path TEXT NOT NULL,
  reason TEXT NOT NULL,
  command TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (integration, lease)
) STRICT, WITHOUT ROWID;
