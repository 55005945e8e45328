-- A request may hold several items: whether one denial denies them all, and which of them a decision is about.
ALTER TABLE requests ADD COLUMN all_or_nothing INTEGER NOT NULL DEFAULT 0 CHECK (all_or_nothing IN (0, 1));

-- Made again for its key: an owner may decide once more, on items that changed hands since.
CREATE TABLE new_decisions (
  request TEXT NOT NULL REFERENCES requests (id),
  position INTEGER NOT NULL CHECK (position >= 0),
  approver TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'deny')),
  note TEXT,
  at INTEGER NOT NULL,
  -- Absent: about all items.
  part TEXT CHECK (part IS NULL OR json_type(part, '$.items') IS 'array'),
  PRIMARY KEY (request, position),
  CHECK (verdict <> 'deny' OR note IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO new_decisions (request, position, approver, verdict, note, at)
  SELECT request, position, approver, verdict, note, at FROM decisions;
DROP TABLE decisions;
ALTER TABLE new_decisions RENAME TO decisions;
CREATE UNIQUE INDEX decisions_about_all ON decisions (request, approver) WHERE part IS NULL;

-- A denied item is not asked for any more, though the rest of its request goes on.
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

-- What is given again is what the grant has, which may be less than was asked for.
DROP TRIGGER open_items_of_reopened_request;
CREATE TRIGGER open_items_of_reopened_request AFTER UPDATE OF is_open ON requests WHEN NEW.is_open = 1 AND OLD.is_open = 0
BEGIN
  INSERT OR IGNORE INTO open_items (resource, request)
    SELECT json_extract(value, '$.resource'), NEW.id FROM grants, json_each(grants.items) WHERE grants.request = NEW.id;
END;
