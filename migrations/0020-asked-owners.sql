-- Whom each pending request asks for a decision, so that a person's list is a look-up. Kept by triggers.
CREATE TABLE asked_owners (
  party TEXT NOT NULL,
  request TEXT NOT NULL REFERENCES requests (id),
  PRIMARY KEY (party, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX asked_owners_of_request ON asked_owners (request);

INSERT OR IGNORE INTO asked_owners (party, request)
  SELECT owner.value, requests.id
  FROM requests, json_each(requests.requirements) requirement, json_each(requirement.value, '$.owners') owner
  WHERE requests.state = 'pending';

CREATE TRIGGER asked_owners_of_new_request AFTER INSERT ON requests WHEN NEW.state = 'pending'
BEGIN
  INSERT OR IGNORE INTO asked_owners (party, request)
    SELECT owner.value, NEW.id
    FROM json_each(NEW.requirements) requirement, json_each(requirement.value, '$.owners') owner;
END;
CREATE TRIGGER asked_owners_of_rerouted_request AFTER UPDATE OF requirements ON requests
WHEN NEW.state = 'pending' AND NEW.requirements <> OLD.requirements
BEGIN
  DELETE FROM asked_owners WHERE request = NEW.id;
  INSERT OR IGNORE INTO asked_owners (party, request)
    SELECT owner.value, NEW.id
    FROM json_each(NEW.requirements) requirement, json_each(requirement.value, '$.owners') owner;
END;
CREATE TRIGGER asked_owners_of_decided_request AFTER UPDATE OF state ON requests
WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
BEGIN
  DELETE FROM asked_owners WHERE request = NEW.id;
END;
