-- The configuration that was in effect last, so that a change of it is an audit row with its words.
CREATE TABLE configuration (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  hash TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_type(settings) = 'object')
) STRICT;
