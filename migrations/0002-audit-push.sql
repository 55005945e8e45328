-- How far each receiver outside has got the audit log.
CREATE TABLE audit_cursors (
  sink TEXT PRIMARY KEY CHECK (sink <> ''),
  sequence INTEGER NOT NULL CHECK (sequence >= 0)
) STRICT, WITHOUT ROWID;

-- What happened to one request, for its evidence.
CREATE INDEX audit_of_request ON audit (request) WHERE request IS NOT NULL;

-- An operator asks for requests by their state.
CREATE INDEX requests_by_state ON requests (state);
