-- A used link whose browser was given nothing, because the vault refused for now: it may try once more, it alone.
ALTER TABLE fetch_links ADD COLUMN unspent_at INTEGER CHECK (unspent_at IS NULL OR (state = 'redeemed' AND credential IS NULL));
