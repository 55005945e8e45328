-- Whether people of another organisation read along in a channel, as the platform said last; 'unknown' where it does not.
CREATE TABLE channels (
  platform TEXT NOT NULL,
  channel TEXT NOT NULL,
  reach TEXT NOT NULL CHECK (reach IN ('inside', 'outside', 'unknown')),
  PRIMARY KEY (platform, channel)
) STRICT, WITHOUT ROWID;
