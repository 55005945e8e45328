-- Everybody whom a row has ever named, kept by triggers.
CREATE TABLE latchkey.named_people (person text COLLATE "C" PRIMARY KEY);

CREATE FUNCTION latchkey.name_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person text;
BEGIN
  person := to_jsonb(NEW) ->> TG_ARGV[0];
  IF TG_TABLE_NAME = 'asked_owners' THEN
    person := substring(person FROM '^person:(.+)$');
  END IF;
  IF person IS NOT NULL THEN
    INSERT INTO latchkey.named_people (person) VALUES (person) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION latchkey.name_person() FROM PUBLIC;
CREATE TRIGGER named_people_of_new_request AFTER INSERT ON latchkey.requests
  FOR EACH ROW EXECUTE FUNCTION latchkey.name_person('requester');
CREATE TRIGGER named_people_of_asked_owner AFTER INSERT ON latchkey.asked_owners
  FOR EACH ROW WHEN (NEW.party LIKE 'person:_%') EXECUTE FUNCTION latchkey.name_person('party');
CREATE TRIGGER named_people_of_decision AFTER INSERT ON latchkey.decisions
  FOR EACH ROW EXECUTE FUNCTION latchkey.name_person('approver');
CREATE TRIGGER named_people_of_end AFTER UPDATE OF by ON latchkey.grants
  FOR EACH ROW WHEN (NEW.by IS NOT NULL) EXECUTE FUNCTION latchkey.name_person('by');
CREATE TRIGGER named_people_of_session AFTER INSERT ON latchkey.sessions
  FOR EACH ROW EXECUTE FUNCTION latchkey.name_person('person');
CREATE TRIGGER named_people_of_reporter AFTER INSERT ON latchkey.control_groups
  FOR EACH ROW EXECUTE FUNCTION latchkey.name_person('reporter');
CREATE TRIGGER named_people_of_control_group AFTER INSERT ON latchkey.control_groups
  FOR EACH ROW WHEN (NEW.requester IS NOT NULL) EXECUTE FUNCTION latchkey.name_person('requester');
CREATE TRIGGER named_people_of_denied_control_group AFTER UPDATE OF denied_by ON latchkey.control_groups
  FOR EACH ROW WHEN (NEW.denied_by IS NOT NULL) EXECUTE FUNCTION latchkey.name_person('denied_by');
