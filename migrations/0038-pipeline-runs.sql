-- The run of the pipeline that asked: its issuer and some of its claims.
ALTER TABLE requests ADD COLUMN run TEXT CHECK (json_type(run) = 'object');
