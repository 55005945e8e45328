-- The live access that a request is to follow.
ALTER TABLE requests ADD COLUMN extends TEXT REFERENCES grants (id);
CREATE INDEX requests_extending ON requests (extends) WHERE extends IS NOT NULL;
