-- Requests at a vault that wait for its control groups, as people reported them and as the vault described them.
CREATE TABLE control_groups (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  integration TEXT NOT NULL,
  accessor TEXT NOT NULL,
  path TEXT NOT NULL,
  operation TEXT NOT NULL,
  -- Who asked the vault: its identity there, and the person whose account it is, where Latchkey drew that.
  entity_id TEXT NOT NULL,
  entity_name TEXT NOT NULL,
  requester TEXT,
  reporter TEXT NOT NULL,
  reported_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  approvals TEXT NOT NULL CHECK (json_type(approvals) = 'array'),
  state TEXT NOT NULL CHECK (state IN ('pending', 'authorised', 'denying', 'denied', 'expired', 'gone')),
  denied_by TEXT,
  denied_at INTEGER,
  note TEXT,
  settled_at INTEGER,
  -- When Latchkey looks at it next; absent when nothing is expected any more.
  look_at INTEGER,
  remind_at INTEGER,
  revision INTEGER NOT NULL CHECK (revision > 0),
  CHECK ((state IN ('denying', 'denied')) = (denied_by IS NOT NULL)),
  CHECK ((denied_by IS NULL) = (denied_at IS NULL) AND (denied_by IS NULL) = (note IS NULL)),
  CHECK (state NOT IN ('pending', 'denying') OR look_at IS NOT NULL),
  CHECK (state NOT IN ('denied', 'expired', 'gone') OR look_at IS NULL),
  CHECK ((state IN ('pending', 'denying')) = (settled_at IS NULL)),
  CHECK (remind_at IS NULL OR state = 'pending')
) STRICT;
CREATE UNIQUE INDEX control_group_once ON control_groups (integration, accessor);
CREATE INDEX control_groups_to_look_at ON control_groups (integration, look_at) WHERE look_at IS NOT NULL;
CREATE INDEX cards_of_control_group ON cards (notice ->> 'controlGroup') WHERE notice ->> 'controlGroup' IS NOT NULL;

CREATE TRIGGER control_groups_stay BEFORE DELETE ON control_groups
BEGIN
  SELECT RAISE(ABORT, 'a control group is never deleted');
END;
CREATE TRIGGER control_group_keeps_subject BEFORE UPDATE OF
  id, integration, accessor, path, operation, entity_id, entity_name, requester, reporter ON control_groups
WHEN OLD.id <> NEW.id OR OLD.integration <> NEW.integration OR OLD.accessor <> NEW.accessor OR OLD.path <> NEW.path
  OR OLD.operation <> NEW.operation OR OLD.entity_id <> NEW.entity_id OR OLD.entity_name <> NEW.entity_name
  OR OLD.requester IS NOT NEW.requester OR OLD.reporter <> NEW.reporter
BEGIN
  SELECT RAISE(ABORT, 'what a control group is about never changes');
END;
CREATE TRIGGER control_group_stays_over BEFORE UPDATE OF state ON control_groups
WHEN OLD.state IN ('denied', 'expired', 'gone') AND OLD.state <> NEW.state
BEGIN
  SELECT RAISE(ABORT, 'a control group that is over stays over');
END;
