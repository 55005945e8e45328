-- Who uses an access instead of its requester; frozen with the request.
ALTER TABLE requests ADD COLUMN workload TEXT CHECK (json_type(workload) = 'object');
ALTER TABLE grants ADD COLUMN workload TEXT CHECK (json_type(workload) = 'object');
CREATE TRIGGER requests_keep_workload BEFORE UPDATE OF workload ON requests WHEN NEW.workload IS NOT OLD.workload
BEGIN
  SELECT RAISE(ABORT, 'a request keeps its workload');
END;
CREATE TRIGGER grants_keep_workload BEFORE UPDATE OF workload ON grants WHEN NEW.workload IS NOT OLD.workload
BEGIN
  SELECT RAISE(ABORT, 'a grant keeps its workload');
END;
CREATE TRIGGER grants_have_workload BEFORE INSERT ON grants
WHEN (SELECT workload FROM requests WHERE id = NEW.request) IS NOT NEW.workload
BEGIN
  SELECT RAISE(ABORT, 'a grant has the workload of its request');
END;

-- A person may ask for the same thing for several workloads. Made again with a wider key.
CREATE TABLE new_asked_items (
  requester TEXT NOT NULL,
  resource TEXT NOT NULL,
  permission TEXT NOT NULL,
  workload TEXT NOT NULL,
  request TEXT NOT NULL REFERENCES requests (id),
  PRIMARY KEY (requester, resource, permission, workload)
) STRICT, WITHOUT ROWID;
INSERT INTO new_asked_items (requester, resource, permission, workload, request)
  SELECT requester, resource, permission, '', request FROM asked_items;
DROP TRIGGER asked_items_of_new_request;
DROP TRIGGER asked_items_of_decided_request;
DROP TRIGGER items_denied;
DROP TABLE asked_items;
ALTER TABLE new_asked_items RENAME TO asked_items;
CREATE INDEX asked_items_of_request ON asked_items (request);

CREATE TRIGGER asked_items_of_new_request AFTER INSERT ON requests WHEN NEW.state = 'pending'
BEGIN
  INSERT INTO asked_items (requester, resource, permission, workload, request)
    SELECT DISTINCT NEW.requester, json_extract(value, '$.resource'), json_extract(value, '$.permission'),
      ifnull(NEW.workload, ''), NEW.id
    FROM json_each(NEW.items);
END;
CREATE TRIGGER asked_items_of_decided_request AFTER UPDATE OF state ON requests
WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
BEGIN
  DELETE FROM asked_items WHERE request = NEW.id;
END;
CREATE TRIGGER items_denied AFTER INSERT ON decisions WHEN NEW.verdict = 'deny' AND NEW.part IS NOT NULL
BEGIN
  DELETE FROM asked_items WHERE request = NEW.request AND (resource, permission) IN (
    SELECT json_extract(item.value, '$.resource'), json_extract(item.value, '$.permission')
    FROM requests, json_each(requests.items) item, json_each(NEW.part, '$.items') denied
    WHERE requests.id = NEW.request AND item.key = denied.value
  );
  DELETE FROM open_items WHERE request = NEW.request AND resource NOT IN (
    SELECT json_extract(item.value, '$.resource')
    FROM requests, json_each(requests.items) item
    WHERE requests.id = NEW.request AND item.key NOT IN (
      SELECT denied.value FROM decisions, json_each(decisions.part, '$.items') denied
      WHERE decisions.request = NEW.request AND decisions.verdict = 'deny' AND decisions.part IS NOT NULL
    )
  );
END;
