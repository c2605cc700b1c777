-- Moving the sandbox's clock. docs/decisions/0023-moving-the-clock.md says why.

-- Who moves it at the moment: one at a time on one store. Moments are of real time.
CREATE TABLE clock_mover (
    place       BIGINT NOT NULL PRIMARY KEY CHECK (place = 0),
    holder      UUID NOT NULL,
    held_until  BIGINT NOT NULL
);

-- What a command asks of the servers that run. A row goes when the command was told what ran.
CREATE TABLE clock_moves (
    move_id   UUID NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('Advance', 'Set', 'Reset')),
    micros    BIGINT NOT NULL,
    asked_at  BIGINT NOT NULL,
    taken     BIGINT NOT NULL CHECK (taken BETWEEN 0 AND 1),
    outcome   TEXT
);
