-- The alarm of another person's sign-in, and the one of misuse, are explained each for itself. A link knows how it was
-- misused, because nobody can explain a theft at the vault.
ALTER TABLE fetch_links ADD COLUMN misused_how TEXT
  CHECK (misused_how IS NULL OR (misused_at IS NOT NULL
    AND misused_how IN ('other-browser', 'reported', 'wrong-creation-path', 'spent-unseen')));
ALTER TABLE fetch_links ADD COLUMN doubt_explained_by TEXT CHECK (doubt_explained_by IN ('press', 'sign-in'));
ALTER TABLE fetch_links ADD COLUMN doubt_explained_at INTEGER
  CHECK ((doubt_explained_at IS NULL) = (doubt_explained_by IS NULL)
    AND (doubt_explained_at IS NULL OR doubted_at IS NOT NULL));

-- One word of before covered every alarm until then.
UPDATE fetch_links SET doubt_explained_at = explained_at, doubt_explained_by = explained_by
  WHERE doubted_at <= explained_at;
UPDATE fetch_links SET misused_how = (
  SELECT json_extract(audit.detail, '$.how') FROM audit
  WHERE audit.request = fetch_links.request AND audit.kind = 'link-misused'
    AND json_extract(audit.detail, '$.link') = fetch_links.id
    AND json_extract(audit.detail, '$.how') IN ('other-browser', 'reported', 'wrong-creation-path', 'spent-unseen')
  ORDER BY audit.sequence LIMIT 1
) WHERE misused_at IS NOT NULL;
UPDATE fetch_links SET explained_at = NULL, explained_by = NULL
  WHERE misused_at IS NULL OR misused_at > explained_at OR misused_how IN ('wrong-creation-path', 'spent-unseen');
