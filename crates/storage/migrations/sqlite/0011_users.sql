-- Who may use the back office of a merchant, and what was done there.
-- docs/decisions/0019-access.md says why each table exists.

-- A user who may no longer sign in stays, since the audit log names him. The secret of an
-- authenticator is sealed under the merchant's key; recovery codes are hashes of 32 bytes each.
ALTER TABLE users ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked BETWEEN 0 AND 1);
ALTER TABLE users ADD COLUMN second_factor BLOB;
ALTER TABLE users ADD COLUMN recovery_codes BLOB;

-- By the hash of the token that a browser holds.
CREATE TABLE sessions (
    merchant_id   BLOB NOT NULL,
    session_id    BLOB NOT NULL CHECK (length(session_id) = 32),
    version       INTEGER NOT NULL CHECK (version >= 1),
    seen_at       INTEGER NOT NULL,
    user_version  INTEGER NOT NULL CHECK (user_version >= 1),
    login         TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    address       TEXT NOT NULL,
    agent         TEXT NOT NULL,
    PRIMARY KEY (merchant_id, session_id)
) STRICT, WITHOUT ROWID;

-- Attempts to sign in: what locks a user, and the last code that was used.
CREATE TABLE sign_ins (
    merchant_id   BLOB NOT NULL,
    login         TEXT NOT NULL,
    version       INTEGER NOT NULL CHECK (version >= 1),
    failures      INTEGER NOT NULL CHECK (failures BETWEEN 0 AND 10),
    failed_at     INTEGER,
    locked_until  INTEGER,
    used_step     INTEGER,
    signed_in_at  INTEGER,
    PRIMARY KEY (merchant_id, login)
) STRICT, WITHOUT ROWID;

-- By the hash of the token in the link. A row goes when it was used.
CREATE TABLE invitations (
    merchant_id    BLOB NOT NULL,
    invitation_id  BLOB NOT NULL CHECK (length(invitation_id) = 32),
    login          TEXT NOT NULL CHECK (login <> ''),
    name           TEXT,
    email          TEXT,
    role           TEXT NOT NULL CHECK (role <> ''),
    invited_by     TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, invitation_id)
) STRICT, WITHOUT ROWID;

-- What was done, numbered without a gap: each hash covers the one before it.
CREATE TABLE audit_entries (
    merchant_id  BLOB NOT NULL,
    number       INTEGER NOT NULL CHECK (number >= 1),
    at           INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL CHECK (action <> ''),
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL,
    address      TEXT NOT NULL,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (merchant_id, number)
) STRICT, WITHOUT ROWID;
