-- Buttons name the card that they stand in, and work nowhere else: the cards that still have buttons are drawn again.
UPDATE cards SET rendered = 0, retry_at = 0
WHERE audience <> 'notice' AND message IS NOT NULL AND request IN (SELECT id FROM requests WHERE is_open = 1);
