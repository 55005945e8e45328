-- Parts of an integration, such as a mount, that its vault does not let discovery look into: place, code, since; JSON.
ALTER TABLE passes ADD COLUMN away TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(away));
