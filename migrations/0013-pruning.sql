-- How far the cards had come at some moments, about one a day: a card with that number or a lower one is as old as that.
CREATE TABLE card_marks (
  at INTEGER PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT;
