-- Every word of every path, to find the one that a mistyped word meant. It is a view of the text index and holds nothing.
CREATE VIRTUAL TABLE resource_terms USING fts5vocab('resource_words', 'row');
-- What a person asked for last at an integration.
CREATE INDEX requests_of_person_by_integration ON requests (requester, integration);
