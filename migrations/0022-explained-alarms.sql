-- A link's person can say that its alarm was their own doing. The alarm stays in the row, and so does what it withdrew.
ALTER TABLE fetch_links ADD COLUMN explained_by TEXT CHECK (explained_by IN ('press', 'sign-in'));
ALTER TABLE fetch_links ADD COLUMN explained_at INTEGER
  CHECK ((explained_at IS NULL) = (explained_by IS NULL)
    AND (explained_at IS NULL OR misused_at IS NOT NULL OR doubted_at IS NOT NULL));
