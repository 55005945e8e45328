-- The server that the processes met last. Another one may lack what this one confirmed.
CREATE TABLE latchkey.server (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  system text COLLATE "C" NOT NULL,
  timeline bigint NOT NULL,
  -- Whether a standby had each change before it was confirmed.
  synchronous boolean NOT NULL,
  settled boolean NOT NULL
);
