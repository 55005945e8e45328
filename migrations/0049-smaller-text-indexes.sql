-- Both text indexes keep only which paths have a group of letters or a word, not where it stands. That is half the size, a
-- third less work for each new path, and the paths that are found are looked at anyway.
DROP TABLE resource_terms;
DROP TABLE resource_parts;
DROP TABLE resource_words;
CREATE VIRTUAL TABLE resource_parts
  USING fts5(path, content = 'resources', content_rowid = 'number', tokenize = 'trigram remove_diacritics 1', detail = none);
CREATE VIRTUAL TABLE resource_words
  USING fts5(path, content = 'resources', content_rowid = 'number', tokenize = 'unicode61', prefix = '1 2', detail = none);
CREATE VIRTUAL TABLE resource_terms USING fts5vocab('resource_words', 'row');
INSERT INTO resource_parts (resource_parts, rank) VALUES ('automerge', 16);
INSERT INTO resource_words (resource_words, rank) VALUES ('automerge', 16);
INSERT INTO resource_parts (resource_parts) VALUES ('rebuild');
INSERT INTO resource_words (resource_words) VALUES ('rebuild');
