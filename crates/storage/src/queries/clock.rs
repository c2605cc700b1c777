//! Statements of moving the clock.
//!
//! Invariant: as in [`super`].

/// Changes a server setting that still has a value: the new one, name, value.
pub(crate) const CHANGE_SETTING: &str =
    "UPDATE server_settings SET value = $1 WHERE name = $2 AND value = $3";

/// Takes or keeps the lease of the clock, when nobody else holds it: holder, until when, now.
pub(crate) const TAKE_CLOCK: &str = "INSERT INTO clock_mover (place, holder, held_until) \
     VALUES (0, $1, $2) ON CONFLICT (place) DO UPDATE \
     SET holder = excluded.holder, held_until = excluded.held_until \
     WHERE clock_mover.held_until <= $3 OR clock_mover.holder = excluded.holder";

/// Gives the lease of the clock back: holder.
pub(crate) const GIVE_CLOCK: &str = "UPDATE clock_mover SET held_until = 0 WHERE holder = $1";

/// How many hold the lease of the clock, 1 or 0: now.
pub(crate) const CLOCK_HOLDERS: &str = "SELECT count(*) FROM clock_mover WHERE held_until > $1";

/// Asks servers to move the clock: id, kind, microseconds, now.
pub(crate) const ASK_MOVE: &str = "INSERT INTO clock_moves (move_id, kind, micros, asked_at, \
     taken, outcome) VALUES ($1, $2, $3, $4, 0, NULL)";

/// Moves that nobody has taken, asked for since a moment: moment, how many.
pub(crate) const ASKED_MOVES: &str = "SELECT move_id, kind, micros, taken, outcome \
     FROM clock_moves WHERE taken = 0 AND asked_at > $1 ORDER BY asked_at, move_id LIMIT $2";

/// A move: id.
pub(crate) const ASKED_MOVE: &str = "SELECT move_id, kind, micros, taken, outcome \
     FROM clock_moves WHERE move_id = $1";

/// Takes a move that nobody has taken: id.
pub(crate) const TAKE_MOVE: &str =
    "UPDATE clock_moves SET taken = 1 WHERE move_id = $1 AND taken = 0";

/// Says what became of a move: outcome, id.
pub(crate) const END_MOVE: &str = "UPDATE clock_moves SET outcome = $1 WHERE move_id = $2";

/// Takes back a move that nobody has taken: id.
pub(crate) const WITHDRAW_MOVE: &str = "DELETE FROM clock_moves WHERE move_id = $1 AND taken = 0";

/// Forgets a move: id.
pub(crate) const FORGET_MOVE: &str = "DELETE FROM clock_moves WHERE move_id = $1";

/// Forgets moves asked for before a moment: moment.
pub(crate) const FORGET_MOVES: &str = "DELETE FROM clock_moves WHERE asked_at < $1";

/// Makes due earlier what waits after so many attempts and is due later than a moment: the moment,
/// merchant, attempts, how many.
pub(crate) const BRING_FORWARD: &str = "UPDATE notifications \
     SET version = version + 1, due_at = $1 WHERE merchant_id = $2 AND notification_id IN \
     (SELECT n.notification_id FROM notifications AS n WHERE n.merchant_id = $2 AND n.state = 0 \
     AND n.attempts = $3 AND n.due_at > $1 LIMIT $4)";
