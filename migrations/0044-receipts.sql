-- What was done with an access, as the vault's own audit log tells it.
CREATE TABLE receipts (
  grant_id TEXT NOT NULL REFERENCES grants (id),
  path TEXT NOT NULL,
  operation TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused')),
  count INTEGER NOT NULL CHECK (count > 0),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL CHECK (last >= first),
  addresses TEXT NOT NULL CHECK (json_type(addresses) = 'array'),
  PRIMARY KEY (grant_id, path, operation, outcome)
) STRICT;
CREATE INDEX receipts_by_age ON receipts (last);

-- When the cards of an access must tell of its receipts: at once, and then in a pace that slows down with much use.
CREATE TABLE receipt_news (
  grant_id TEXT PRIMARY KEY REFERENCES grants (id),
  first INTEGER NOT NULL,
  shown_at INTEGER,
  -- Absent: the cards tell all.
  due_at INTEGER
) STRICT;
CREATE INDEX receipt_news_by_age ON receipt_news (shown_at);
CREATE INDEX receipt_news_due ON receipt_news (due_at) WHERE due_at IS NOT NULL;

-- How far the audit log of a vault was read; written in the same transaction as its receipts.
CREATE TABLE audit_watches (
  integration TEXT PRIMARY KEY,
  revision INTEGER NOT NULL CHECK (revision > 0),
  position TEXT NOT NULL CHECK (json_type(position) = 'object'),
  read_to INTEGER NOT NULL,
  doubt_since INTEGER,
  -- What was done before is not kept any more.
  kept_from INTEGER
) STRICT;

-- Times in which lines of that log may be missing.
CREATE TABLE audit_gaps (
  number INTEGER PRIMARY KEY,
  integration TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL CHECK (until >= since)
) STRICT;
CREATE INDEX audit_gaps_of ON audit_gaps (integration, until);
CREATE INDEX audit_gaps_by_age ON audit_gaps (until);

-- Each alarm is told once.
CREATE TABLE use_alarms (
  integration TEXT NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (integration, key)
) STRICT;
CREATE INDEX use_alarms_by_age ON use_alarms (at);
