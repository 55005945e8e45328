-- Whoever reported, asked for or denied a control group was named: their key is never given to somebody else.
INSERT OR IGNORE INTO named_people (person) SELECT reporter FROM control_groups;
INSERT OR IGNORE INTO named_people (person) SELECT requester FROM control_groups WHERE requester IS NOT NULL;
INSERT OR IGNORE INTO named_people (person) SELECT denied_by FROM control_groups WHERE denied_by IS NOT NULL;

CREATE TRIGGER named_people_of_control_group AFTER INSERT ON control_groups
BEGIN
  INSERT INTO named_people (person) SELECT NEW.reporter WHERE true ON CONFLICT DO NOTHING;
  INSERT INTO named_people (person) SELECT NEW.requester WHERE NEW.requester IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER named_people_of_denied_control_group AFTER UPDATE OF denied_by ON control_groups
WHEN NEW.denied_by IS NOT NULL
BEGIN
  INSERT INTO named_people (person) VALUES (NEW.denied_by) ON CONFLICT DO NOTHING;
END;
