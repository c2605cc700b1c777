//! Tables of the developer area that the API itself does not need, as data in both languages.
//!
//! Invariant: a table is read from its file beside the program's own data; a row has as many cells
//! as its heading, which a test sees to.

use aval_domain::fraud::codes::Factor;
use aval_domain::return_code::{self, Retry};
use aval_domain::sale::Sale;

use crate::pages::Language;

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Both {
    portuguese: &'static str,
    english: &'static str,
}

impl Both {
    /// The one of a language.
    #[must_use]
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Portuguese => self.portuguese,
            Language::English => self.english,
        }
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $(
            $(#[$doc])*
            pub const $name: &str = include_str!(concat!("../../../data/developer/", $file));
        )*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

tables! {
    /// Statuses of payments (manual lines 5680 to 5688).
    STATUSES = "statuses.tsv";
    /// Payment types (lines 5669 to 5672).
    TYPES = "types.tsv";
    /// Providers (lines 5660 to 5663).
    PROVIDERS = "providers.tsv";
    /// HTTP codes (lines 5743 to 5752).
    HTTP = "http.tsv";
    /// Merchant defined data (lines 5696 to 5741).
    DEFINED_DATA = "defined-data.tsv";
    /// Kinds of notifications (decision D39).
    CHANGES = "changes.tsv";
    /// Glossary (lines 52 to 70 and 276 to 287).
    GLOSSARY = "glossary.tsv";
    /// Test cards (lines 263 to 270; decision D17).
    CARDS = "cards.tsv";
    /// Questions that are asked often.
    FAQ = "faq.tsv";
    /// What each signal of a fraud analysis says.
    SIGNALS = "signals.tsv";
    /// What factors of a fraud analysis say, in Portuguese; in English the domain says it.
    FACTORS = "factors.tsv";
    /// What explains API error codes, by its words in English; messages are not translated.
    ERROR_DESCRIPTIONS = "error-descriptions.tsv";
    /// Acquirers' return codes in Portuguese, row by row as the domain has them in English.
    RETURN_CODES = "return-codes.tsv";
    /// The simulator's return codes, a space of their own.
    SIMULATOR_CODES = "simulator-codes.tsv";
    /// What rules can ask of a sale.
    VARIABLES = "variables.tsv";
}

/// The rows of a table of `N` columns, without its heading.
pub fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let mut row = [""; N];
        for cell in &mut row {
            *cell = cells.next()?;
        }
        Some(row)
    })
}

/// Two cells as one text.
#[must_use]
pub const fn both(portuguese: &'static str, english: &'static str) -> Both {
    Both {
        portuguese,
        english,
    }
}

/// What a signal of a fraud analysis says; its own name when nothing is known of it.
#[must_use]
pub fn signal(name: &str, language: Language) -> String {
    let found = rows::<3>(SIGNALS).find(|[signal, ..]| *signal == name);
    found.map_or_else(
        || name.to_owned(),
        |[_, portuguese, english]| both(portuguese, english).of(language).to_owned(),
    )
}

/// What a signal was seen in, as the analysis notes it: numbers and what was sent stay as they are.
#[must_use]
pub fn observed(value: &str, language: Language) -> String {
    if language == Language::English {
        return value.to_owned();
    }
    let word = |text: &str| {
        let found = OBSERVED.iter().find(|(english, _)| *english == text);
        found.map(|(_, portuguese)| (*portuguese).to_owned())
    };
    if let Some((number, "digits")) = value.rsplit_once(' ') {
        return format!("{number} dígitos");
    }
    let parts = value
        .split_once(": ")
        .and_then(|(what, rest)| Some(format!("{}: {rest}", word(what)?)));
    word(value).or(parts).unwrap_or_else(|| value.to_owned())
}

/// The words of the analysis for what was seen.
const OBSERVED: &[(&str, &str)] = &[
    ("addressee", "destinatário"),
    ("billing", "cobrança"),
    ("check digits", "dígitos verificadores"),
    ("city", "cidade"),
    ("declared", "declarado pela loja"),
    ("delivery", "entrega"),
    ("denied", "negada"),
    ("district", "bairro"),
    ("form", "formato"),
    ("gift", "presente"),
    ("gift off", "presente, ignorado"),
    ("name", "nome"),
    ("no gift", "não é presente"),
    ("no name in common", "nenhum nome em comum"),
    ("no passenger", "não viaja"),
    ("not of the internet", "não é da internet"),
    ("one way", "somente ida"),
    ("other address", "outro endereço"),
    ("passenger", "passageiro"),
    ("pasted", "colado"),
    ("street", "rua"),
];

/// What a factor says.
#[must_use]
pub fn factor(factor: Factor, language: Language) -> &'static str {
    let portuguese = rows::<2>(FACTORS).find(|[code, _]| *code == factor.code());
    match (language, portuguese) {
        (Language::Portuguese, Some([_, about])) => about,
        (Language::Portuguese | Language::English, _) => factor.description(),
    }
}

/// The factors of a sale's analysis: each code, and what it says.
#[must_use]
pub fn factors(sale: &Sale, language: Language) -> Vec<(String, &'static str)> {
    let reply = sale
        .details
        .fraud
        .as_ref()
        .and_then(|analysis| analysis.reply.as_ref());
    let codes = reply
        .and_then(|reply| reply.factor_code.as_deref())
        .unwrap_or_default();
    let codes = codes.split('^').filter_map(Factor::parse);
    codes
        .map(|factor| (factor.to_string(), self::factor(factor, language)))
        .collect()
}

/// What explains an API error code, in a language; a dash where the table has nothing to say.
#[must_use]
pub fn described(english: &'static str, language: Language) -> &'static str {
    if english == "---" {
        return "—";
    }
    let mut both = rows::<2>(ERROR_DESCRIPTIONS);
    match (language, both.find(|[key, _]| *key == english)) {
        (Language::Portuguese, Some([_, portuguese])) => portuguese,
        (Language::Portuguese | Language::English, _) => english,
    }
}

/// What a return code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// The code.
    pub code: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// What it means for the shop.
    pub meaning: &'static str,
    /// What to tell the buyer.
    pub action: &'static str,
    /// Whether the sale may be sent again.
    pub retry: Retry,
}

/// All return codes of acquirers in a language.
pub fn returned_codes(language: Language) -> impl Iterator<Item = Returned> {
    let both = return_code::TABLE.iter().zip(rows::<4>(RETURN_CODES));
    both.map(move |(row, [_, definition, meaning, action])| {
        let texts = match language {
            Language::Portuguese => [definition, meaning, action],
            Language::English => [row.definition, row.meaning, row.action],
        };
        let [definition, meaning, action] = texts;
        Returned {
            code: row.code,
            definition,
            meaning,
            action,
            retry: row.retry,
        }
    })
}

/// What an acquirer's return code says; of a code that stands twice, the first.
#[must_use]
pub fn returned(code: &str, language: Language) -> Option<Returned> {
    returned_codes(language).find(|row| row.code == code)
}

/// What a return code of the simulator says.
#[must_use]
pub fn simulated(code: &str, language: Language) -> Option<&'static str> {
    let mut codes = rows::<3>(SIMULATOR_CODES);
    let found = codes.find(|[own, ..]| *own == code);
    found.map(|[_, portuguese, english]| both(portuguese, english).of(language))
}

/// What rules can ask, with what it means.
#[must_use]
pub fn variables(language: Language) -> Vec<(&'static str, &'static str)> {
    let rows = rows::<3>(VARIABLES);
    rows.map(|[name, portuguese, english]| (name, both(portuguese, english).of(language)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use aval_domain::error_code;
    use aval_domain::fraud::signals::Signal;
    use aval_gateway::fraud::values;

    use super::*;

    #[test]
    fn every_row_has_the_cells_of_its_heading_and_no_text_is_missing() {
        for (file, text) in ALL {
            let mut lines = text
                .lines()
                .map(|line| line.split('\t').collect::<Vec<_>>());
            let head = lines.next().unwrap();
            for row in lines {
                assert_eq!(row.len(), head.len(), "{file}: {row:?}");
                for (name, cell) in head.iter().zip(&row) {
                    assert!(cell.trim() == *cell, "{file}: {cell:?}");
                    let other = name.strip_suffix("_pt").map(|name| format!("{name}_en"));
                    let at = other.and_then(|other| head.iter().position(|one| *one == other));
                    if let Some(at) = at {
                        assert_eq!(cell.is_empty(), row[at].is_empty(), "{file}: {row:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_seen_is_told_in_portuguese_and_what_was_sent_stays() {
        for (value, portuguese) in [
            ("no name in common", "nenhum nome em comum"),
            ("7 digits", "7 dígitos"),
            ("billing: RJ", "cobrança: RJ"),
            ("mailinator.com", "mailinator.com"),
            ("a: b", "a: b"),
            ("12", "12"),
        ] {
            assert_eq!(observed(value, Language::Portuguese), portuguese);
            assert_eq!(observed(value, Language::English), value);
        }
    }

    #[test]
    fn every_signal_is_told_in_both_languages() {
        for signal in Signal::ALL {
            let found = rows::<3>(SIGNALS).find(|[name, ..]| *name == signal.name());
            assert!(found.is_some(), "{}", signal.name());
        }
        assert_eq!(rows::<3>(SIGNALS).count(), Signal::ALL.len());
    }

    #[test]
    fn every_factor_and_every_variable_is_told_in_both_languages() {
        for factor in Factor::ALL {
            let found = rows::<2>(FACTORS).find(|[code, _]| *code == factor.code());
            assert!(found.is_some(), "{factor}");
        }
        assert_eq!(variables(Language::English), values::VARIABLES);
    }

    #[test]
    fn every_error_code_is_explained_in_both_languages() {
        let ours = error_code::OWN.iter().map(|(_, message)| *message);
        let all = error_code::TABLE.iter().map(|row| row.description);
        let all: HashSet<&str> = all.chain(ours).filter(|text| *text != "---").collect();
        let told: HashSet<&str> = rows::<2>(ERROR_DESCRIPTIONS).map(|[key, _]| key).collect();
        assert_eq!(told, all);
        for text in all {
            assert_ne!(described(text, Language::Portuguese), text);
            assert_eq!(described(text, Language::English), text);
        }
    }

    #[test]
    fn every_return_code_is_told_in_both_languages() {
        let codes = return_code::TABLE.iter().map(|row| row.code);
        let ours: Vec<&str> = rows::<4>(RETURN_CODES).map(|[code, ..]| code).collect();
        assert!(codes.eq(ours.iter().copied()), "{ours:?}");
        let both = returned_codes(Language::English).zip(returned_codes(Language::Portuguese));
        for (english, portuguese) in both {
            for (told, verbatim) in [
                (portuguese.definition, english.definition),
                (portuguese.meaning, english.meaning),
                (portuguese.action, english.action),
            ] {
                assert_eq!(told.is_empty(), verbatim.is_empty(), "{}", english.code);
                assert_ne!(told, verbatim, "{}", english.code);
            }
        }
        assert_eq!(
            returned("54", Language::Portuguese).unwrap().definition,
            "Transação não autorizada. Cartão vencido."
        );
        assert_eq!(returned("nothing", Language::English), None);
    }

    #[test]
    fn merchant_defined_data_goes_from_one_to_a_hundred() {
        let ids: Vec<String> = rows::<6>(DEFINED_DATA)
            .map(|[id, ..]| id.to_owned())
            .collect();
        let mut expected: Vec<String> = (1..=40).map(|id: u8| id.to_string()).collect();
        expected.push("41–95".to_owned());
        expected.extend((96..=100).map(|id: u8| id.to_string()));
        assert_eq!(ids, expected);
    }
}
