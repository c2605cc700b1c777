//! Guides: the way through each task.
//!
//! Invariant: every guide is there in both languages, which the compiler sees to.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::answer;
use super::data::{Both, both};
use super::{Frame, framed};

/// A guide.
struct Guide {
    name: &'static str,
    title: Both,
    about: Both,
}

const fn guide(name: &'static str, title: (&'static str, &'static str), about: Both) -> Guide {
    Guide {
        name,
        title: both(title.0, title.1),
        about,
    }
}

static GUIDES: [Guide; 6] = [
    guide(
        "card-sale",
        ("Venda com cartão", "Card sale"),
        both(
            "Autorize, capture, consulte e cancele.",
            "Authorize, capture, query and void.",
        ),
    ),
    guide(
        "retries",
        ("Repetir sem duplicar", "Retry without charging twice"),
        both(
            "Idempotency-Key, dúvidas e novas tentativas.",
            "Idempotency-Key, doubt and further attempts.",
        ),
    ),
    guide(
        "notifications",
        ("Notificações", "Notifications"),
        both(
            "Receba cada mudança e confira a assinatura.",
            "Get every change and check its signature.",
        ),
    ),
    guide(
        "tokens",
        ("Cartão protegido", "Stored cards"),
        both(
            "Guarde o cartão e venda com o token.",
            "Store a card and sell with its token.",
        ),
    ),
    guide(
        "recurrence",
        ("Recorrência", "Recurrence"),
        both(
            "Assinaturas que se cobram sozinhas, testadas em minutos.",
            "Subscriptions that charge by themselves, tried in minutes.",
        ),
    ),
    guide(
        "boleto",
        ("Boleto e transferência", "Boleto and transfer"),
        both(
            "Emita, mostre ao comprador e saiba quando foi pago.",
            "Issue, show the buyer and learn when it is paid.",
        ),
    ),
];

framed!(GuidesPage, GuidePage);

#[derive(Template)]
#[template(path = "backoffice/developer/guides.html")]
struct GuidesPage {
    frame: Frame,
    /// Name, title, what it is about.
    guides: Vec<(&'static str, &'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "backoffice/developer/guide.html")]
struct GuidePage {
    frame: Frame,
    name: &'static str,
    title: &'static str,
    about: &'static str,
    api: String,
    query: String,
    merchant: String,
}

/// Every guide.
pub async fn list(context: &Context) -> Result<Response, Failure> {
    let of = context.language;
    let told = |guide: &Guide| (guide.name, guide.title.of(of), guide.about.of(of));
    let page = GuidesPage {
        frame: Frame::of(context, "/developers/guides"),
        guides: GUIDES.iter().map(told).collect(),
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// One guide.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let mut all = GUIDES.iter();
    let found = all.find(|guide| guide.name == context.argument(0));
    let guide = found.ok_or(Failure::NotFound)?;
    let urls = &context.server.urls;
    let page = GuidePage {
        frame: Frame::of(context, "/developers/guides"),
        name: guide.name,
        title: guide.title.of(context.language),
        about: guide.about.of(context.language),
        api: urls.api.clone(),
        query: urls.query.clone(),
        merchant: context.of().to_string(),
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}
