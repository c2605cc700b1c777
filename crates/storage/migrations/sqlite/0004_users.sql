-- Back-office users of a merchant. Whoever signs in names establishment, login and password, so the
-- primary key is all that is looked up by. Passwords are argon2id hashes (PHC strings).

CREATE TABLE users (
    merchant_id  BLOB NOT NULL,
    login        TEXT NOT NULL CHECK (login <> ''),
    version      INTEGER NOT NULL CHECK (version >= 1),
    name         TEXT,
    email        TEXT,
    role         TEXT NOT NULL CHECK (role <> ''),
    password     TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, login)
) STRICT, WITHOUT ROWID;
