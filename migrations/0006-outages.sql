-- Vaults that were found to be away, until people are told that they are back: no kill may lose that.
CREATE TABLE outages (
  integration TEXT PRIMARY KEY,
  since INTEGER NOT NULL,
  code TEXT NOT NULL
) STRICT, WITHOUT ROWID;
