-- What the metadata of a secret says it is, read with its owner tag. Older tags are read again in their turn.
ALTER TABLE resources ADD COLUMN description TEXT;
