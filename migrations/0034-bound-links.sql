-- A link that was asked for by API is for the session that asked: the hash of that session.
ALTER TABLE fetch_links ADD COLUMN bound TEXT;
