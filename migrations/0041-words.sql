-- What people wrote stands beside the audit log's chain, which holds its hash. So it can be erased, and the chain stays whole.
CREATE TABLE audit_words (
  sequence INTEGER PRIMARY KEY,
  words TEXT NOT NULL CHECK (json_type(words) = 'object')
) STRICT;
CREATE TRIGGER audit_words_of_new_row BEFORE INSERT ON audit_words
WHEN NEW.sequence <> (SELECT sequence FROM audit_head)
BEGIN
  SELECT RAISE(ABORT, 'words are written with their row');
END;
CREATE TRIGGER audit_words_are_never_changed BEFORE UPDATE ON audit_words
BEGIN
  SELECT RAISE(ABORT, 'words are erased, never changed');
END;
