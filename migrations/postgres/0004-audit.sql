CREATE TABLE latchkey.audit (
  sequence bigint PRIMARY KEY,
  at bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL CHECK (json_typeof(actor::json) = 'object'),
  integration text COLLATE "C",
  request text COLLATE "C",
  grant_id text COLLATE "C",
  detail text COLLATE "C" NOT NULL CHECK (json_typeof(detail::json) = 'object'),
  hash text COLLATE "C" NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$')
);
CREATE INDEX audit_of_request ON latchkey.audit (request) WHERE request IS NOT NULL;

CREATE TABLE latchkey.audit_head (
  "only" bigint PRIMARY KEY CHECK ("only" = 1),
  sequence bigint NOT NULL,
  hash text COLLATE "C" NOT NULL
);

CREATE TABLE latchkey.audit_words (
  sequence bigint PRIMARY KEY,
  words text COLLATE "C" NOT NULL CHECK (json_typeof(words::json) = 'object')
);

CREATE TABLE latchkey.audit_cursors (
  sink text COLLATE "C" PRIMARY KEY CHECK (sink <> ''),
  sequence bigint NOT NULL CHECK (sequence >= 0)
);

-- The chain begins with a hash of zeros.
INSERT INTO latchkey.audit_head VALUES (1, 0, repeat('0', 64));

CREATE FUNCTION latchkey.follow_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE latchkey.audit_head SET sequence = NEW.sequence, hash = NEW.hash WHERE sequence = NEW.sequence - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'audit rows follow one another' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION latchkey.follow_audit_head() FROM PUBLIC;
CREATE TRIGGER audit_in_order BEFORE INSERT ON latchkey.audit
  FOR EACH ROW EXECUTE FUNCTION latchkey.follow_audit_head();
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON latchkey.audit
  FOR EACH ROW EXECUTE FUNCTION latchkey.refuse('audit rows are never changed');
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON latchkey.audit
  FOR EACH ROW EXECUTE FUNCTION latchkey.refuse('audit rows are never deleted');
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON latchkey.audit
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey.refuse('audit rows are never deleted');
CREATE TRIGGER audit_head_stays BEFORE DELETE ON latchkey.audit_head
  FOR EACH ROW EXECUTE FUNCTION latchkey.refuse('the audit head is never deleted');
CREATE TRIGGER audit_head_is_never_emptied BEFORE TRUNCATE ON latchkey.audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey.refuse('the audit head is never deleted');

CREATE FUNCTION latchkey.follow_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sequence <> (SELECT sequence FROM latchkey.audit_head) THEN
    RAISE EXCEPTION 'words are written with their row' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION latchkey.follow_audit_row() FROM PUBLIC;
CREATE TRIGGER audit_words_of_new_row BEFORE INSERT ON latchkey.audit_words
  FOR EACH ROW EXECUTE FUNCTION latchkey.follow_audit_row();
CREATE TRIGGER audit_words_are_never_changed BEFORE UPDATE ON latchkey.audit_words
  FOR EACH ROW EXECUTE FUNCTION latchkey.refuse('words are erased, never changed');

-- Rows of a transaction wait here until it commits; no other transaction ever sees one, so a crash may empty the table.
CREATE UNLOGGED TABLE latchkey.audit_waiting (
  number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  at bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  integration text COLLATE "C",
  request text COLLATE "C",
  grant_id text COLLATE "C",
  detail text COLLATE "C" NOT NULL,
  words text COLLATE "C",
  -- The beginning of the hashed text; the sequence is its end.
  hashed text COLLATE "C" NOT NULL
);

-- Appends a waiting row to the chain, as the owner: the server's role has no right to do so itself. The head is locked
-- while the transaction commits, and no earlier, so that processes hardly wait for each other.
CREATE FUNCTION latchkey.append_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head record;
  following bigint;
BEGIN
  SELECT sequence, hash INTO STRICT head FROM latchkey.audit_head FOR UPDATE;
  following := head.sequence + 1;
  INSERT INTO latchkey.audit (sequence, at, kind, actor, integration, request, grant_id, detail, hash)
    VALUES (following, NEW.at, NEW.kind, NEW.actor, NEW.integration, NEW.request, NEW.grant_id, NEW.detail,
      encode(sha256(convert_to(head.hash || NEW.hashed || '"sequence":' || following || '}', 'UTF8')), 'hex'));
  IF NEW.words IS NOT NULL THEN
    INSERT INTO latchkey.audit_words (sequence, words) VALUES (following, NEW.words);
  END IF;
  DELETE FROM latchkey.audit_waiting WHERE number = NEW.number;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION latchkey.append_audit() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER audit_of_committed AFTER INSERT ON latchkey.audit_waiting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION latchkey.append_audit();
