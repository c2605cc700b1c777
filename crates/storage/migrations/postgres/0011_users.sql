-- Who may use the back office of a merchant, and what was done there.
-- docs/decisions/0019-access.md says why each table exists.

-- A user who may no longer sign in stays, since the audit log names him. The secret of an
-- authenticator is sealed under the merchant's key; recovery codes are hashes of 32 bytes each.
ALTER TABLE users ADD COLUMN blocked BIGINT NOT NULL DEFAULT 0 CHECK (blocked BETWEEN 0 AND 1);
ALTER TABLE users ADD COLUMN second_factor BYTEA;
ALTER TABLE users ADD COLUMN recovery_codes BYTEA;

-- By the hash of the token that a browser holds.
CREATE TABLE sessions (
    merchant_id   UUID NOT NULL,
    session_id    BYTEA NOT NULL CHECK (length(session_id) = 32),
    version       BIGINT NOT NULL CHECK (version >= 1),
    seen_at       BIGINT NOT NULL,
    user_version  BIGINT NOT NULL CHECK (user_version >= 1),
    login         TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    address       TEXT NOT NULL,
    agent         TEXT NOT NULL,
    PRIMARY KEY (merchant_id, session_id)
);

-- Attempts to sign in: what locks a user, and the last code that was used.
CREATE TABLE sign_ins (
    merchant_id   UUID NOT NULL,
    login         TEXT NOT NULL,
    version       BIGINT NOT NULL CHECK (version >= 1),
    failures      BIGINT NOT NULL CHECK (failures BETWEEN 0 AND 10),
    failed_at     BIGINT,
    locked_until  BIGINT,
    used_step     BIGINT,
    signed_in_at  BIGINT,
    PRIMARY KEY (merchant_id, login)
);

-- By the hash of the token in the link. A row goes when it was used.
CREATE TABLE invitations (
    merchant_id    UUID NOT NULL,
    invitation_id  BYTEA NOT NULL CHECK (length(invitation_id) = 32),
    login          TEXT NOT NULL CHECK (login <> ''),
    name           TEXT,
    email          TEXT,
    role           TEXT NOT NULL CHECK (role <> ''),
    invited_by     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, invitation_id)
);

-- What was done, numbered without a gap: each hash covers the one before it.
CREATE TABLE audit_entries (
    merchant_id  UUID NOT NULL,
    number       BIGINT NOT NULL CHECK (number >= 1),
    at           BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL CHECK (action <> ''),
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL,
    address      TEXT NOT NULL,
    hash         BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (merchant_id, number)
);
