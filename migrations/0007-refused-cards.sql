-- A message that the platform refuses for good: since when, and why. NULL again once it was delivered.
ALTER TABLE cards ADD COLUMN trouble TEXT CHECK (json_type(trouble) = 'object');
CREATE INDEX cards_refused ON cards (platform, recipient) WHERE trouble IS NOT NULL;
