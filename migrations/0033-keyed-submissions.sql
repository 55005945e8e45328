-- What was submitted by API under a key that its program drew: the same key makes the same request, for a day.
CREATE TABLE keyed_submissions (
  person TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  draft TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX keyed_submissions_by_age ON keyed_submissions (at);
