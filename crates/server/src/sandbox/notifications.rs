//! GET /sandbox/notifications, POST /sandbox/notifications/{Id}/resend and …/resend (decision D39).
//!
//! Invariant: what is told of an answer was masked when it was kept; the body of a notification is
//! told by the query of its payment, not here.

use std::time::Duration;

use aval_api::error::{ApiError, ErrorAnswer};
use aval_api::route;
use aval_domain::error_code::ErrorCode;
use aval_domain::id::{DeliveryId, MerchantId, NotificationId};
use aval_domain::notification::{Delivery, Notification, Progress};
use aval_domain::time::Timestamp;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::notify;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Members, refused};
use super::{Call, milliseconds, rendered};

/// Notifications told at once.
const PAGE: u32 = 100;
/// Attempts looked through for those of a page.
const ATTEMPTS: u32 = 1_000;

/// Notifications of a merchant and the attempts to deliver them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct NotificationsAnswer {
    /// Oldest first; at most 100 after `After`.
    notifications: Vec<LoggedNotification>,
    /// Attempts at all notifications since `After` was written, oldest first; at most 1,000 after
    /// `AfterDelivery`.
    deliveries: Vec<LoggedDelivery>,
}

/// A notification, as it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LoggedNotification {
    /// Its id, as in the header Aval-Notification-Id.
    notification_id: String,
    /// The payment.
    payment_id: String,
    /// Its version, as in the header Aval-Payment-Version.
    payment_version: u32,
    /// What changed.
    change_type: u8,
    /// `Pending`, `Delivered` or `GivenUp`.
    state: &'static str,
    /// Attempts made.
    attempts: u32,
    /// When it was written.
    created_at: String,
    /// When it is tried next, while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
}

/// An attempt to deliver a notification.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LoggedDelivery {
    /// Its id.
    delivery_id: String,
    /// Of which notification.
    notification_id: String,
    /// Which attempt, from 1.
    attempt: u32,
    /// When it began.
    at: String,
    /// How long it took, in milliseconds.
    duration_ms: f64,
    /// Status of the answer, if one came.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The first KiB of the answer.
    answer: String,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How many notifications are sent again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ResentAnswer {
    /// So many.
    resent: u64,
}

/// Which notifications are to be sent again.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct ToResend {
    /// Whose.
    merchant_id: String,
    /// Written from this moment on, RFC 3339.
    from: String,
    /// Up to, but not at, this one.
    to: String,
}

impl From<&Notification> for LoggedNotification {
    fn from(one: &Notification) -> Self {
        let (state, due_at) = match one.progress {
            Progress::Pending => ("Pending", Some(one.due_at.rfc3339())),
            Progress::Delivered => ("Delivered", None),
            Progress::GivenUp => ("GivenUp", None),
        };
        Self {
            notification_id: one.id.to_string(),
            payment_id: one.payment.to_string(),
            payment_version: one.payment_version,
            change_type: one.change.number(),
            state,
            attempts: one.attempts,
            created_at: one.created_at.rfc3339(),
            due_at,
        }
    }
}

impl From<&Delivery> for LoggedDelivery {
    fn from(one: &Delivery) -> Self {
        let took = u64::try_from(one.took).unwrap_or_default();
        Self {
            delivery_id: one.id.to_string(),
            notification_id: one.notification.to_string(),
            attempt: one.attempt,
            at: one.at.rfc3339(),
            duration_ms: milliseconds(Duration::from_micros(took)),
            status: one.status,
            answer: one.answer.clone(),
            error: one.error.clone(),
        }
    }
}

/// Notifications of a merchant, and the attempts to deliver them, oldest first, each after one.
#[utoipa::path(
    get,
    path = "/sandbox/notifications",
    tag = "Sandbox",
    operation_id = "notifications",
    security(("AdminToken" = [])),
    params(
        ("MerchantId" = String, Query, description = "Whose."),
        ("After" = Option<String>, Query, description = "The last NotificationId seen."),
        ("AfterDelivery" = Option<String>, Query, description = "The last DeliveryId seen."),
    ),
    responses(
        (status = 200, body = NotificationsAnswer, description = "The log."),
        (status = 400, body = Vec<ErrorAnswer>, description = "9010."),
        (status = 404, body = Vec<ErrorAnswer>, description = "115: no such merchant."),
    ),
)]
pub async fn list(call: &Call) -> Result<Rendered, ApiError> {
    let parameter = |name| route::parameter(call.query.as_deref(), name);
    let of = parameter("MerchantId")
        .as_deref()
        .and_then(MerchantId::parse);
    let of = known(call, of.ok_or_else(|| refused("MerchantId"))?).await?;
    let after = match parameter("After") {
        None => NotificationId::from_bytes([0; 16]),
        Some(text) => NotificationId::parse(&text).ok_or_else(|| refused("After"))?,
    };
    let storage = &call.server.app.storage;
    let notifications = storage.notifications(of, after, PAGE).await;
    let notifications = notifications.map_err(Error::from)?;
    let since = match parameter("AfterDelivery") {
        None => written_with(after),
        Some(text) => DeliveryId::parse(&text).ok_or_else(|| refused("AfterDelivery"))?,
    };
    let deliveries = storage.deliveries(of, since, ATTEMPTS).await;
    let deliveries = deliveries.map_err(Error::from)?;
    let answer = NotificationsAnswer {
        notifications: notifications.iter().map(Into::into).collect(),
        deliveries: deliveries.iter().map(Into::into).collect(),
    };
    Ok(rendered(StatusCode::OK, &answer))
}

/// The first id that an attempt can have which began when a notification was written: that of the
/// same millisecond, with which either begins.
fn written_with(notification: NotificationId) -> DeliveryId {
    let mut bytes = [0; 16];
    for (byte, same) in bytes.iter_mut().zip(notification.as_bytes()).take(6) {
        *byte = *same;
    }
    DeliveryId::from_bytes(bytes)
}

/// Sends a notification again.
#[utoipa::path(
    post,
    path = "/sandbox/notifications/{Id}/resend",
    tag = "Sandbox",
    operation_id = "resend",
    security(("AdminToken" = [])),
    params(("Id" = String, Path, description = "The NotificationId.")),
    responses(
        (status = 200, body = ResentAnswer, description = "It is on its way."),
        (status = 404, body = Vec<ErrorAnswer>, description = "No such notification."),
    ),
)]
pub async fn resend(call: &Call) -> Result<Rendered, ApiError> {
    let app = &call.server.app;
    let id = NotificationId::parse(&call.argument).ok_or(ApiError::NoRoute)?;
    let of = app.storage.merchant_of_notification(id).await;
    let of = of.map_err(Error::from)?.ok_or(ApiError::NoRoute)?;
    let sent = notify::resend(app, of, id).await?;
    sent.ok_or(ApiError::NoRoute)?;
    Ok(rendered(StatusCode::OK, &ResentAnswer { resent: 1 }))
}

/// Sends again what was written within a time.
#[utoipa::path(
    post,
    path = "/sandbox/notifications/resend",
    tag = "Sandbox",
    operation_id = "resendRange",
    security(("AdminToken" = [])),
    request_body = ToResend,
    responses(
        (status = 200, body = ResentAnswer, description = "They are on their way."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184 or 9010."),
        (status = 404, body = Vec<ErrorAnswer>, description = "115: no such merchant."),
    ),
)]
pub async fn resend_range(call: &Call) -> Result<Rendered, ApiError> {
    let members = Members::read(&call.body)?;
    let moment = |name| -> Result<Timestamp, ApiError> {
        let found = members.text(name)?.and_then(Timestamp::parse_rfc3339);
        found.ok_or_else(|| refused(name))
    };
    let (from, to) = (moment("From")?, moment("To")?);
    let of = known(call, members.merchant()?).await?;
    let resent = notify::resend_range(&call.server.app, of, from, to).await?;
    Ok(rendered(StatusCode::OK, &ResentAnswer { resent }))
}

/// The merchant, if there is one.
async fn known(call: &Call, id: MerchantId) -> Result<MerchantId, ApiError> {
    let app = &call.server.app;
    let found = app.merchants.find(&app.storage, &app.keys, id).await?;
    found.ok_or(ApiError::NotFound(Some(ErrorCode::MERCHANT_NOT_FOUND)))?;
    Ok(id)
}
