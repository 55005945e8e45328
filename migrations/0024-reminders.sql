-- When the requester last reminded the owners: once in a while is allowed, whichever process is asked.
ALTER TABLE requests ADD COLUMN reminded_at INTEGER;
