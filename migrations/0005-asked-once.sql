-- Who awaits a decision on what: a person asks for one thing once, also when two forms arrive at the same instant.
CREATE TABLE asked_items (
  requester TEXT NOT NULL,
  resource TEXT NOT NULL,
  permission TEXT NOT NULL,
  request TEXT NOT NULL REFERENCES requests (id),
  PRIMARY KEY (requester, resource, permission)
) STRICT, WITHOUT ROWID;
CREATE INDEX asked_items_of_request ON asked_items (request);

-- Until now nothing stopped two of the same instant: the older one keeps the place.
INSERT OR IGNORE INTO asked_items (requester, resource, permission, request)
  SELECT requester, json_extract(value, '$.resource'), json_extract(value, '$.permission'), requests.id
  FROM requests, json_each(requests.items) WHERE requests.state = 'pending' ORDER BY requests.number;

CREATE TRIGGER asked_items_of_new_request AFTER INSERT ON requests WHEN NEW.state = 'pending'
BEGIN
  INSERT INTO asked_items (requester, resource, permission, request)
    SELECT DISTINCT NEW.requester, json_extract(value, '$.resource'), json_extract(value, '$.permission'), NEW.id
    FROM json_each(NEW.items);
END;
CREATE TRIGGER asked_items_of_decided_request AFTER UPDATE OF state ON requests
WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
BEGIN
  DELETE FROM asked_items WHERE request = NEW.id;
END;
