-- What was approved, where something beneath a folder is excepted since; and whether the vault may still have the wider
-- policy.
ALTER TABLE grants ADD COLUMN approved TEXT CHECK (json_type(approved) = 'object');
ALTER TABLE grants ADD COLUMN narrow INTEGER NOT NULL DEFAULT 0
  CHECK (narrow IN (0, 1) AND (narrow = 0 OR (state IN ('provisioning', 'active') AND approved IS NOT NULL)));
