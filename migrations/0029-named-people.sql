-- Every person whom a row has ever named, so that the key of somebody who left is never given to somebody else. Kept by
-- triggers, because a look through all requests would block the process.
CREATE TABLE named_people (person TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO named_people (person) SELECT requester FROM requests;
INSERT OR IGNORE INTO named_people (person) SELECT approver FROM decisions;
INSERT OR IGNORE INTO named_people (person) SELECT by FROM grants WHERE by IS NOT NULL;
INSERT OR IGNORE INTO named_people (person)
  SELECT substr(owner.value, length('person:') + 1)
  FROM requests, json_each(requests.requirements) requirement, json_each(requirement.value, '$.owners') owner
  WHERE owner.value LIKE 'person:_%';

-- ON CONFLICT, because a firing statement with a rule of its own would override OR IGNORE.
CREATE TRIGGER named_people_of_new_request AFTER INSERT ON requests
BEGIN
  INSERT INTO named_people (person) VALUES (NEW.requester) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER named_people_of_asked_owner AFTER INSERT ON asked_owners WHEN NEW.party LIKE 'person:_%'
BEGIN
  INSERT INTO named_people (person) VALUES (substr(NEW.party, length('person:') + 1)) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER named_people_of_decision AFTER INSERT ON decisions
BEGIN
  INSERT INTO named_people (person) VALUES (NEW.approver) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER named_people_of_end AFTER UPDATE OF by ON grants WHEN NEW.by IS NOT NULL
BEGIN
  INSERT INTO named_people (person) VALUES (NEW.by) ON CONFLICT DO NOTHING;
END;
