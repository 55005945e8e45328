-- The homes that people have opened lately, each to be shown anew when something of its person has changed.
CREATE TABLE homes (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  -- Counts the changes, and those that it shows already.
  wanted INTEGER NOT NULL CHECK (wanted > 0),
  rendered INTEGER NOT NULL DEFAULT 0 CHECK (rendered <= wanted),
  retry_at INTEGER NOT NULL,
  PRIMARY KEY (platform, tenant, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX homes_out_of_date ON homes (platform, retry_at) WHERE rendered < wanted;

-- Everything that concerns a person has a card for that person, so a new or outdated card tells of a change.
CREATE TRIGGER homes_of_new_card AFTER INSERT ON cards
BEGIN
  UPDATE homes SET wanted = wanted + 1 WHERE platform = NEW.platform
    AND tenant = NEW.recipient ->> '$.identity.tenant' AND subject = NEW.recipient ->> '$.identity.subject';
END;
CREATE TRIGGER homes_of_outdated_card AFTER UPDATE OF wanted ON cards WHEN NEW.wanted <> OLD.wanted
BEGIN
  UPDATE homes SET wanted = wanted + 1 WHERE platform = NEW.platform
    AND tenant = NEW.recipient ->> '$.identity.tenant' AND subject = NEW.recipient ->> '$.identity.subject';
END;

-- Who has had the message for newcomers. Whoever asked or decided before is none.
CREATE TABLE welcomed (
  person TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO welcomed (person, at) SELECT requester, min(submitted_at) FROM requests GROUP BY requester;
INSERT OR IGNORE INTO welcomed (person, at) SELECT approver, min(at) FROM decisions GROUP BY approver;
