-- Where a platform that opens no conversation by itself reaches a person, as it was told with the person's last turn.
CREATE TABLE conversations (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  reference TEXT NOT NULL CHECK (reference <> ''),
  PRIMARY KEY (platform, tenant, subject)
) STRICT, WITHOUT ROWID;
