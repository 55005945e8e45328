-- An operator asks for requests and grants of one vault.
CREATE INDEX requests_by_integration ON requests (integration);
