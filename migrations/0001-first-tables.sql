-- Moments are milliseconds since 1970, lengths of time are seconds. JSON is parsed with zod when it is read.

CREATE TABLE instance (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  id TEXT NOT NULL CHECK (id <> '')
) STRICT;

-- Requests and their grants ------------------------------------------------------------------------------------------

CREATE TABLE requests (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  draft TEXT NOT NULL UNIQUE,
  requester TEXT NOT NULL,
  integration TEXT NOT NULL,
  items TEXT NOT NULL CHECK (json_type(items) = 'array' AND json_array_length(items) > 0),
  reason TEXT NOT NULL,
  duration INTEGER NOT NULL CHECK (duration > 0),
  plan TEXT NOT NULL CHECK (json_type(plan) = 'object'),
  requirements TEXT NOT NULL CHECK (json_type(requirements) = 'array'),
  submitted_at INTEGER NOT NULL,
  revision INTEGER NOT NULL CHECK (revision > 0),
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'cancelled', 'expired')),
  decide_by INTEGER,
  decided_at INTEGER,
  denied_by TEXT,
  denial_note TEXT,
  -- Pending, or its grant is live: what must be found at once among a long history.
  is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
  -- Approved means that there is a grant: the key is checked when the transaction ends.
  granted TEXT GENERATED ALWAYS AS (CASE WHEN state = 'approved' THEN id END) STORED
    REFERENCES grants (request) DEFERRABLE INITIALLY DEFERRED,
  CHECK ((state = 'pending') = (decide_by IS NOT NULL)),
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((state = 'denied') = (denied_by IS NOT NULL)),
  CHECK ((state = 'denied') = (denial_note IS NOT NULL)),
  CHECK (is_open = 1 OR state <> 'pending'),
  CHECK (is_open = 0 OR state IN ('pending', 'approved'))
) STRICT;
CREATE INDEX requests_of_person ON requests (requester, is_open, submitted_at);
-- For the key's own check: it asks whom a new grant was missing to.
CREATE INDEX requests_granted ON requests (granted);
CREATE INDEX requests_by_deadline ON requests (decide_by) WHERE decide_by IS NOT NULL;

CREATE TRIGGER requests_stay_decided BEFORE UPDATE OF state ON requests
WHEN OLD.state <> 'pending' AND NEW.state <> OLD.state
BEGIN
  SELECT RAISE(ABORT, 'a decided request stays decided');
END;

CREATE TABLE decisions (
  request TEXT NOT NULL REFERENCES requests (id),
  approver TEXT NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 0),
  verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'deny')),
  note TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (request, approver),
  CHECK (verdict <> 'deny' OR note IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  request TEXT NOT NULL UNIQUE REFERENCES requests (id),
  person TEXT NOT NULL,
  integration TEXT NOT NULL,
  items TEXT NOT NULL CHECK (json_type(items) = 'array' AND json_array_length(items) > 0),
  duration INTEGER NOT NULL CHECK (duration > 0),
  plan TEXT NOT NULL CHECK (json_type(plan) = 'object'),
  handle TEXT CHECK (json_type(handle) = 'object'),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  due_at INTEGER,
  claimed_until INTEGER,
  trouble TEXT CHECK (json_type(trouble) = 'object'),
  state TEXT NOT NULL CHECK (state IN ('provisioning', 'active', 'revoking', 'ended')),
  since INTEGER,
  expires_at INTEGER,
  -- The credential handed out must die, while the approval stands.
  withdraw INTEGER NOT NULL CHECK (withdraw IN (0, 1)),
  because TEXT
    CHECK (because IN ('expired', 'given-back', 'revoked', 'provision-failed', 'link-misused', 'missing-at-vault',
      'altered-at-vault')),
  by TEXT,
  ended_at INTEGER,
  proof TEXT CHECK (json_type(proof) = 'object'),
  -- A live grant that is never due would be forgotten.
  CHECK ((state = 'ended') = (due_at IS NULL)),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
  CHECK ((state IN ('active', 'revoking')) = (since IS NOT NULL)),
  CHECK (state <> 'active' OR expires_at IS NOT NULL),
  CHECK (expires_at IS NULL OR state IN ('active', 'revoking')),
  CHECK (withdraw = 0 OR state = 'active'),
  CHECK ((state IN ('revoking', 'ended')) = (because IS NOT NULL)),
  CHECK (by IS NULL OR state IN ('revoking', 'ended')),
  CHECK (proof IS NULL OR state = 'ended'),
  CHECK (claimed_until IS NULL OR state <> 'ended')
) STRICT;
CREATE INDEX grants_due ON grants (integration, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX grants_unclaimed ON grants (due_at) WHERE due_at IS NOT NULL AND claimed_until IS NULL;
CREATE INDEX grants_claimed ON grants (claimed_until, due_at) WHERE claimed_until IS NOT NULL;

CREATE TRIGGER grants_need_approval BEFORE INSERT ON grants
WHEN (SELECT state FROM requests WHERE id = NEW.request) IS NOT 'approved'
BEGIN
  SELECT RAISE(ABORT, 'only an approved request has a grant');
END;
CREATE TRIGGER grants_stay BEFORE DELETE ON grants
BEGIN
  SELECT RAISE(ABORT, 'a grant is never deleted');
END;

-- Which open requests name a resource; kept by the triggers below.
CREATE TABLE open_items (
  resource TEXT NOT NULL,
  request TEXT NOT NULL REFERENCES requests (id),
  PRIMARY KEY (resource, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_items_of_request ON open_items (request);

CREATE TRIGGER open_items_of_new_request AFTER INSERT ON requests WHEN NEW.is_open = 1
BEGIN
  INSERT OR IGNORE INTO open_items (resource, request)
    SELECT json_extract(value, '$.resource'), NEW.id FROM json_each(NEW.items);
END;
CREATE TRIGGER open_items_of_closed_request AFTER UPDATE OF is_open ON requests WHEN NEW.is_open = 0 AND OLD.is_open = 1
BEGIN
  DELETE FROM open_items WHERE request = NEW.id;
END;
-- News that access exists after all.
CREATE TRIGGER open_items_of_reopened_request AFTER UPDATE OF is_open ON requests WHEN NEW.is_open = 1 AND OLD.is_open = 0
BEGIN
  INSERT OR IGNORE INTO open_items (resource, request)
    SELECT json_extract(value, '$.resource'), NEW.id FROM json_each(NEW.items);
END;

CREATE TABLE fetch_links (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  grant_id TEXT NOT NULL REFERENCES grants (id),
  request TEXT NOT NULL,
  person TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'redeemed', 'replaced')),
  redeemed_at INTEGER,
  browser TEXT,
  CHECK ((state = 'redeemed') = (redeemed_at IS NOT NULL)),
  CHECK ((state = 'redeemed') = (browser IS NOT NULL))
) STRICT;
CREATE INDEX fetch_links_of_grant ON fetch_links (grant_id);
CREATE UNIQUE INDEX fetch_links_one_open ON fetch_links (grant_id) WHERE state = 'open';

CREATE TRIGGER fetch_links_stay_used BEFORE UPDATE ON fetch_links WHEN OLD.state <> 'open'
BEGIN
  SELECT RAISE(ABORT, 'a used link stays used');
END;

-- Each person's account at a vault, and who is logging in with it now.
CREATE TABLE accounts (
  integration TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  claimed_until INTEGER,
  PRIMARY KEY (integration, person),
  UNIQUE (integration, name)
) STRICT, WITHOUT ROWID;

-- Chat -----------------------------------------------------------------------------------------------------------------

CREATE TABLE cards (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  request TEXT REFERENCES requests (id),
  audience TEXT NOT NULL CHECK (audience IN ('owner', 'requester', 'channel', 'access', 'outcome', 'notice')),
  notice TEXT CHECK (json_type(notice) = 'object'),
  platform TEXT NOT NULL,
  recipient TEXT NOT NULL CHECK (json_type(recipient) = 'object'),
  message TEXT CHECK (json_type(message) = 'object'),
  rendered INTEGER NOT NULL CHECK (rendered >= 0),
  -- The revision that it shall show: its request's, or 1 for a notice. Here, so that an index finds what is out of date.
  wanted INTEGER NOT NULL CHECK (wanted > 0),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  retry_at INTEGER NOT NULL,
  claimed_until INTEGER,
  CHECK ((audience = 'notice') = (notice IS NOT NULL)),
  CHECK (audience = 'notice' OR request IS NOT NULL)
) STRICT;
CREATE INDEX cards_of_request ON cards (request) WHERE request IS NOT NULL;
CREATE INDEX cards_out_of_date ON cards (platform, retry_at) WHERE rendered < wanted;

CREATE TABLE signatures (
  signature TEXT PRIMARY KEY,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX signatures_by_age ON signatures (seen_at);

-- What can be asked for ------------------------------------------------------------------------------------------------

CREATE TABLE resources (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  integration TEXT NOT NULL,
  type TEXT NOT NULL,
  path TEXT NOT NULL,
  -- The path's last part in lower case, for ranking.
  name TEXT NOT NULL,
  permissions TEXT NOT NULL CHECK (json_type(permissions) = 'array'),
  owner_tag TEXT,
  obstacle TEXT,
  seen_at INTEGER NOT NULL,
  is_gone INTEGER NOT NULL CHECK (is_gone IN (0, 1)),
  UNIQUE (integration, path, type)
) STRICT;
CREATE INDEX resources_by_name ON resources (integration, name);

-- Trigram finds any part of a path, but nothing shorter than three letters; the other finds beginnings of words.
CREATE VIRTUAL TABLE resource_parts
  USING fts5(path, content = 'resources', content_rowid = 'number', tokenize = 'trigram remove_diacritics 1');
CREATE VIRTUAL TABLE resource_words
  USING fts5(path, content = 'resources', content_rowid = 'number', tokenize = 'unicode61', prefix = '1 2');

CREATE TRIGGER resources_indexed AFTER INSERT ON resources
BEGIN
  INSERT INTO resource_parts (rowid, path) VALUES (NEW.number, NEW.path);
  INSERT INTO resource_words (rowid, path) VALUES (NEW.number, NEW.path);
END;
CREATE TRIGGER resources_keep_their_path BEFORE UPDATE OF integration, type, path ON resources
WHEN NEW.path <> OLD.path OR NEW.type <> OLD.type OR NEW.integration <> OLD.integration
BEGIN
  SELECT RAISE(ABORT, 'a resource keeps its path');
END;
CREATE TRIGGER resources_unindexed AFTER DELETE ON resources
BEGIN
  INSERT INTO resource_parts (resource_parts, rowid, path) VALUES ('delete', OLD.number, OLD.path);
  INSERT INTO resource_words (resource_words, rowid, path) VALUES ('delete', OLD.number, OLD.path);
END;

-- Audit ----------------------------------------------------------------------------------------------------------------

-- Each hash covers the row and the hash before it. `actor` and `detail` are canonical JSON (keys sorted).
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL CHECK (json_type(actor) = 'object'),
  integration TEXT,
  request TEXT,
  grant_id TEXT,
  detail TEXT NOT NULL CHECK (json_type(detail) = 'object'),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;

-- The newest row, kept apart, so that cutting off the end is found as well.
CREATE TABLE audit_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (only, sequence, hash)
  VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.sequence <> (SELECT sequence + 1 FROM audit_head)
BEGIN
  SELECT RAISE(ABORT, 'audit rows follow one another');
END;
CREATE TRIGGER audit_moves_head AFTER INSERT ON audit
BEGIN
  UPDATE audit_head SET sequence = NEW.sequence, hash = NEW.hash;
END;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN
  SELECT RAISE(ABORT, 'the audit head is never deleted');
END;
