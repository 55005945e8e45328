-- The alarm belongs to the link that was misused, and each link knows what became of the credential that it led to.
ALTER TABLE fetch_links ADD COLUMN credential TEXT CHECK (credential IN ('drawn', 'issued', 'superseded', 'withdrawn'));
ALTER TABLE fetch_links ADD COLUMN credential_at INTEGER CHECK ((credential IS NULL) = (credential_at IS NULL));
ALTER TABLE fetch_links ADD COLUMN misused_at INTEGER CHECK (misused_at IS NULL OR state = 'redeemed');
ALTER TABLE fetch_links ADD COLUMN doubted_at INTEGER;

-- Which link the living credential came from was not noted before: any used link of a live grant may be the one.
DROP TRIGGER fetch_links_stay_used;
UPDATE fetch_links SET credential = 'issued', credential_at = redeemed_at
  WHERE state = 'redeemed' AND grant_id IN (SELECT id FROM grants WHERE state IN ('active', 'revoking'));
-- A withdrawal that was owed is still owed.
UPDATE fetch_links SET misused_at = redeemed_at
  WHERE state = 'redeemed' AND grant_id IN (SELECT id FROM grants WHERE withdraw = 1);

CREATE TRIGGER fetch_links_stay_used
BEFORE UPDATE OF id, grant_id, request, person, hash, opened_at, expires_at, state, redeemed_at, browser ON fetch_links
WHEN OLD.state <> 'open'
BEGIN
  SELECT RAISE(ABORT, 'a used link stays used');
END;
CREATE TRIGGER fetch_links_stay_misused BEFORE UPDATE OF misused_at ON fetch_links WHEN OLD.misused_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a misused link stays misused');
END;
