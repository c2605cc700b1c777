-- Moving the sandbox's clock. docs/decisions/0023-moving-the-clock.md says why.

-- Who moves it at the moment: one at a time on one store. Moments are of real time.
CREATE TABLE clock_mover (
    place       INTEGER NOT NULL PRIMARY KEY CHECK (place = 0),
    holder      BLOB NOT NULL,
    held_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a command asks of the servers that run. A row goes when the command was told what ran.
CREATE TABLE clock_moves (
    move_id   BLOB NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('Advance', 'Set', 'Reset')),
    micros    INTEGER NOT NULL,
    asked_at  INTEGER NOT NULL,
    taken     INTEGER NOT NULL CHECK (taken BETWEEN 0 AND 1),
    outcome   TEXT
) STRICT, WITHOUT ROWID;
