-- When the holder of an active grant is to be told that its end is near; empty once that is done.
ALTER TABLE grants ADD COLUMN tell_at INTEGER CHECK (tell_at IS NULL OR state = 'active');
CREATE INDEX grants_to_tell ON grants (tell_at) WHERE tell_at IS NOT NULL AND lapse IS NULL;

UPDATE grants SET tell_at = expires_at - min(300000, (expires_at - since) / 10) WHERE state = 'active';
