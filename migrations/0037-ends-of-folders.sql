-- A folder whose new secrets no policy can leave out ends its access. Made again for this reason of an end.
CREATE TABLE new_grants (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  request TEXT NOT NULL UNIQUE REFERENCES requests (id),
  person TEXT NOT NULL,
  integration TEXT NOT NULL,
  items TEXT NOT NULL CHECK (json_type(items) = 'array' AND json_array_length(items) > 0),
  duration INTEGER NOT NULL CHECK (duration > 0),
  plan TEXT NOT NULL CHECK (json_type(plan) = 'object'),
  -- What was approved, where something beneath a folder is excepted since.
  approved TEXT CHECK (json_type(approved) = 'object'),
  handle TEXT CHECK (json_type(handle) = 'object'),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  due_at INTEGER,
  claimed_until INTEGER,
  claim TEXT,
  trouble TEXT CHECK (json_type(trouble) = 'object'),
  lapse TEXT CHECK (json_type(lapse) = 'object'),
  state TEXT NOT NULL CHECK (state IN ('provisioning', 'active', 'revoking', 'ended')),
  since INTEGER,
  expires_at INTEGER,
  -- The credential handed out must die, while the approval stands.
  withdraw INTEGER NOT NULL CHECK (withdraw IN (0, 1)),
  -- The vault may still have the wider policy.
  narrow INTEGER NOT NULL DEFAULT 0 CHECK (narrow IN (0, 1)),
  tell_at INTEGER,
  because TEXT
    CHECK (because IN ('expired', 'given-back', 'revoked', 'provision-failed', 'link-misused', 'missing-at-vault',
      'altered-at-vault', 'not-narrowable', 'person-removed', 'account-deactivated', 'requester-removed',
      'not-offered')),
  by TEXT,
  note TEXT,
  ended_at INTEGER,
  proof TEXT CHECK (json_type(proof) = 'object'),
  -- A live grant that is never due would be forgotten.
  CHECK ((state = 'ended') = (due_at IS NULL)),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
  CHECK ((state IN ('active', 'revoking')) = (since IS NOT NULL)),
  CHECK (state <> 'active' OR expires_at IS NOT NULL),
  CHECK (expires_at IS NULL OR state IN ('active', 'revoking')),
  CHECK (withdraw = 0 OR state = 'active'),
  CHECK (narrow = 0 OR (state IN ('provisioning', 'active') AND approved IS NOT NULL)),
  CHECK (tell_at IS NULL OR state = 'active'),
  CHECK ((state IN ('revoking', 'ended')) = (because IS NOT NULL)),
  CHECK (by IS NULL OR state IN ('revoking', 'ended')),
  CHECK (proof IS NULL OR state = 'ended'),
  CHECK (claimed_until IS NULL OR state <> 'ended'),
  CHECK ((claim IS NULL) = (claimed_until IS NULL)),
  CHECK (lapse IS NULL OR state IN ('provisioning', 'active'))
) STRICT;
INSERT INTO new_grants (number, id, request, person, integration, items, duration, plan, approved, handle, attempts,
    due_at, claimed_until, claim, trouble, lapse, state, since, expires_at, withdraw, narrow, tell_at, because, by, note,
    ended_at, proof)
  SELECT number, id, request, person, integration, items, duration, plan, approved, handle, attempts,
    due_at, claimed_until, claim, trouble, lapse, state, since, expires_at, withdraw, narrow, tell_at, because, by, note,
    ended_at, proof FROM grants;
-- It reads grants, so it would stand in the way of the new name.
DROP TRIGGER open_items_of_reopened_request;
DROP TABLE grants;
ALTER TABLE new_grants RENAME TO grants;

CREATE INDEX grants_due ON grants (integration, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX grants_unclaimed ON grants (due_at) WHERE due_at IS NOT NULL AND claimed_until IS NULL;
CREATE INDEX grants_claimed ON grants (claimed_until, due_at) WHERE claimed_until IS NOT NULL;
CREATE INDEX grants_to_tell ON grants (tell_at) WHERE tell_at IS NOT NULL AND lapse IS NULL;

CREATE TRIGGER grants_need_approval BEFORE INSERT ON grants
WHEN (SELECT state FROM requests WHERE id = NEW.request) IS NOT 'approved'
BEGIN
  SELECT RAISE(ABORT, 'only an approved request has a grant');
END;
CREATE TRIGGER grants_stay BEFORE DELETE ON grants
BEGIN
  SELECT RAISE(ABORT, 'a grant is never deleted');
END;
CREATE TRIGGER named_people_of_end AFTER UPDATE OF by ON grants WHEN NEW.by IS NOT NULL
BEGIN
  INSERT INTO named_people (person) VALUES (NEW.by) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER open_items_of_reopened_request AFTER UPDATE OF is_open ON requests WHEN NEW.is_open = 1 AND OLD.is_open = 0
BEGIN
  INSERT OR IGNORE INTO open_items (resource, request)
    SELECT json_extract(value, '$.resource'), NEW.id FROM grants, json_each(grants.items) WHERE grants.request = NEW.id;
END;
