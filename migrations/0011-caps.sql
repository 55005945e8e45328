-- How often each actor was told no lately: beyond a cap refusals are only counted, and the count becomes one row of the audit.
CREATE TABLE refusals (
  actor TEXT PRIMARY KEY CHECK (json_type(actor) = 'object'),
  since INTEGER NOT NULL,
  written INTEGER NOT NULL CHECK (written >= 0),
  counted INTEGER NOT NULL CHECK (counted >= 0),
  last INTEGER NOT NULL,
  codes TEXT NOT NULL CHECK (json_type(codes) = 'object')
) STRICT, WITHOUT ROWID;
CREATE INDEX refusals_by_age ON refusals (since);
