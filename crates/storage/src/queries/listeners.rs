//! Statements of listeners: who listens, and what each has yet to hear.
//!
//! Invariant: as in [`super`].

/// Begins or goes on to listen: merchant or zeros, listener, until when.
pub(crate) const LISTEN: &str = "INSERT INTO listeners (merchant_id, listener_id, held_until) \
     VALUES ($1, $2, $3) ON CONFLICT (merchant_id, listener_id) \
     DO UPDATE SET held_until = excluded.held_until";

/// Who listens: now.
pub(crate) const LISTENERS: &str =
    "SELECT merchant_id, listener_id FROM listeners WHERE held_until > $1";

/// What a listener has yet to hear; earlier changes of a payment come before later ones, whatever
/// the clock did in between: listener, how many.
pub(crate) const HEARD: &str = "SELECT merchant_id, listener_id, notification_id, payment_id, \
     payment_version, change_type, created_at, body FROM heard WHERE listener_id = $1 \
     ORDER BY payment_version, notification_id LIMIT $2";

/// Ends listening: merchant or zeros, listener.
pub(crate) const STOP_LISTENING: &str =
    "DELETE FROM listeners WHERE merchant_id = $1 AND listener_id = $2";

/// Forgets what a listener has not heard: listener.
pub(crate) const FORGET_HEARD_BY: &str = "DELETE FROM heard WHERE listener_id = $1";

/// Forgets what nobody listens to any more: now.
pub(crate) const FORGET_UNHEARD: &str = "DELETE FROM heard WHERE NOT EXISTS (SELECT 1 \
     FROM listeners AS l WHERE l.listener_id = heard.listener_id AND l.held_until > $1)";

/// Forgets who listens no more: now.
pub(crate) const FORGET_LISTENERS: &str = "DELETE FROM listeners WHERE held_until <= $1";
