-- Who asked the administrators to be let in, and when: once a day for each account, and not too many on one day.
CREATE TABLE introductions (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (platform, tenant, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX introductions_by_age ON introductions (at);
