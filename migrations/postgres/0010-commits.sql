-- The last transaction of each connection that was written. It tells what became of a commit whose answer was lost.
CREATE TABLE latchkey.commits (
  connection text COLLATE "C" PRIMARY KEY,
  turn bigint NOT NULL,
  at bigint NOT NULL
);
