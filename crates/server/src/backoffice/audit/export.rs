//! `/audit/export.csv`: the log as a file by which somebody outside can follow the chain.
//!
//! Invariant: every field that is hashed can be read back from its cell byte for byte, and no cell
//! is taken for a formula. A row has the hash before it, so a part of the log can be verified too.

use std::fmt::Write as _;
use std::sync::Arc;

use aval_domain::audit::{BEGINNING, Entry};
use aval_domain::id::MerchantId;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use jiff::civil::Date;

use crate::backoffice::account::hex;
use crate::backoffice::context::Context;
use crate::backoffice::export::csv::quoted;
use crate::backoffice::failure::Failure;
use crate::backoffice::{file, note_taken};
use crate::server::Server;

/// Entries read at a time.
const PAGE: u32 = 500;
/// The names of the columns. `AtMicros` is what is hashed, `At` is the same for people.
const HEAD: &str = "Number,At,AtMicros,MerchantId,Actor,Action,Subject,Detail,Address,\
                    HashBefore,Hash\r\n";

/// Days in São Paulo, the first and the last among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// What the parameters `from` and `to` say; without them the whole log.
    fn asked(context: &Context) -> Self {
        let day = |name: &str| context.parameter(name).parse::<Date>().ok();
        Self {
            from: day("from").unwrap_or(Date::MIN),
            to: day("to").unwrap_or(Date::MAX),
        }
    }

    fn holds(&self, entry: &Entry) -> bool {
        (self.from..=self.to).contains(&entry.at.day())
    }

    /// As it stands in the log and in the file's name.
    fn told(&self) -> String {
        let from = Some(self.from).filter(|from| *from != Date::MIN);
        let to = Some(self.to).filter(|to| *to != Date::MAX);
        let [from, to] = [from, to].map(|day| day.map(|day| day.to_string()));
        match (from, to) {
            (None, None) => "all".to_owned(),
            (Some(from), None) => format!("from-{from}"),
            (None, Some(to)) => format!("to-{to}"),
            (Some(from), Some(to)) => format!("{from}-to-{to}"),
        }
    }
}

/// GET /audit/export.csv, with the days `from` and `to`. That it was taken is the last entry of a
/// file without an end.
pub async fn csv(context: &Context) -> Result<Response, Failure> {
    let period = Period::asked(context);
    note_taken(context, "audit.export", &period.told(), "csv").await?;
    let source = Source {
        server: Arc::clone(&context.server),
        merchant: context.of(),
        period,
        last: (0, BEGINNING),
        begun: false,
    };
    let body = try_unfold(source, |mut source| async move {
        match source.next().await {
            Ok(Some(text)) => Ok(Some((Bytes::from(text), source))),
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::warn!(%error, "an export of an audit log broke off");
                Err(std::io::Error::other("the export broke off"))
            }
        }
    });
    let name = format!(
        "audit-{}-{}.csv",
        context.merchant.establishment,
        period.told()
    );
    let kind = "text/csv; charset=utf-8";
    Ok(file(Body::from_stream(body), kind, &name))
}

/// A file that is being sent.
struct Source {
    server: Arc<Server>,
    merchant: MerchantId,
    period: Period,
    /// Number and hash of the last entry that was read.
    last: (u64, [u8; 32]),
    begun: bool,
}

impl Source {
    /// The next part, which is never empty. The log is read from its beginning: the sandbox's clock
    /// can go back, so that a period may be in several places.
    async fn next(&mut self) -> Result<Option<String>, aval_storage::ReadError> {
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            text.push_str(HEAD);
        }
        while text.is_empty() {
            let storage = &self.server.app.storage;
            let page = storage.entries_after(self.merchant, self.last.0, PAGE);
            let page = page.await?;
            if page.is_empty() {
                return Ok(None);
            }
            for entry in page {
                if self.period.holds(&entry) {
                    line(&mut text, &entry, &self.last.1);
                }
                self.last = (entry.number, entry.hash);
            }
        }
        Ok(Some(text))
    }
}

fn line(text: &mut String, entry: &Entry, before: &[u8; 32]) {
    let act = &entry.act;
    let [actor, action, subject, detail, address] = [
        &act.actor,
        &act.action,
        &act.subject,
        &act.detail,
        &act.address,
    ]
    .map(|field| cell(field));
    let _ = write!(
        text,
        "{},{},{},{},{actor},{action},{subject},{detail},{address},{},{}\r\n",
        entry.number,
        entry.at.rfc3339(),
        entry.at.micros(),
        entry.merchant,
        hex(before),
        hex(&entry.hash)
    );
}

/// A field as it can be read back: as it is, or as a JSON string where a spreadsheet could take it
/// for something else, or it looks like a JSON string itself. Signs that begin formulas are escaped
/// within that.
fn cell(field: &str) -> String {
    let plain = format!("\"{}\"", field.replace('"', "\"\""));
    if !field.starts_with('"') && quoted(field) == plain {
        return plain;
    }
    let mut json = String::from("\"\"");
    for c in field.chars() {
        match c {
            '"' => json.push_str("\\\"\""),
            '\\' => json.push_str("\\\\"),
            c if c.is_alphanumeric() || ". :/_".contains(c) => json.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
    format!("\"{json}\"\"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader of CSV gives, then what somebody outside reads back.
    fn read_back(cell: &str) -> String {
        let inner = cell.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        let field = inner.replace("\"\"", "\"");
        if field.starts_with('"') {
            return serde_json::from_str(&field).unwrap();
        }
        field
    }

    #[test]
    fn every_field_is_read_back_as_it_was_and_none_is_a_formula() {
        for field in [
            "",
            "amount=15700 of=20000",
            "joão@loja.com.br",
            "tariff: a > b; c",
            "=1+1",
            "a;=cmd|' /C calc'!A0",
            "\t@x",
            "-2",
            "\"quoted\"",
            "\"",
            "a\"b",
            "a\\b\r\nc\u{2028}\u{0}",
            "😀=1",
            "=😀",
        ] {
            let cell = cell(field);
            assert_eq!(read_back(&cell), field, "{cell}");
            assert!(!cell.contains(['\r', '\n', '\t', '\u{2028}']), "{cell:?}");
            // Wherever a reader splits it, no part begins with the sign of a formula.
            for part in cell.split([',', ';', '\t']) {
                let part = part.trim_start_matches(['"', ' ']);
                assert!(!part.starts_with(['=', '+', '-', '@', '|', '%']), "{cell}");
            }
        }
        assert_eq!(
            cell("amount=1"),
            "\"amount=1\"",
            "nothing is escaped for nothing"
        );
    }
}
