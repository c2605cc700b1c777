//! What of a merchant's settings its administrators set, in which section, and by which input.
//!
//! Invariant: a setting stands here once; those that are not here are set on another page, are the
//! operator's, or do nothing yet ([`ELSEWHERE`], [`OPERATORS`], [`UNUSED`]): a test counts them.

use super::text::Texts;

/// A text of this area, in whichever language.
pub(super) type Told = fn(&Texts) -> &'static str;

/// How a setting is filled in.
#[derive(Clone, Copy)]
pub(super) enum Input {
    /// On or off.
    Switch,
    /// Digits, at most so many.
    Digits(u8),
    /// A text of at most so many characters.
    Text(u16),
    /// One of these words.
    Choice(&'static [(&'static str, Told)]),
}

/// A setting.
pub(super) struct Field {
    /// Its key, also the name of its input.
    pub(super) key: &'static str,
    pub(super) input: Input,
    pub(super) label: Told,
    /// What it does; nothing where the label says it.
    pub(super) about: Option<Told>,
    /// What would be right, beside a value that is not.
    pub(super) wrong: Told,
}

/// Settings that are saved together.
pub(super) struct Section {
    /// What its form says of itself: field `section`.
    pub(super) name: &'static str,
    pub(super) title: Told,
    pub(super) about: Told,
    pub(super) fields: &'static [Field],
}

/// Keys that another page sets.
#[cfg(test)]
pub(super) const ELSEWHERE: [&str; 8] = [
    "recurrence",
    "recurrence_attempts",
    "recurrence_attempt_interval_days",
    "ip_allow_list",
    "notification_url",
    "notification_headers",
    "notification_secret",
    "notification_format",
];
/// Keys that are the operator's, by the command line: shown, never read from a form.
#[cfg(test)]
pub(super) const OPERATORS: [&str; 3] = [
    "rate_limit_per_second",
    "unfinished_limit_minutes",
    "tariff",
];
/// Keys of calls that are not there yet.
#[cfg(test)]
pub(super) const UNUSED: [&str; 2] = ["zero_auth", "bin_query"];

const fn switch(key: &'static str, label: Told, about: Told) -> Field {
    Field {
        key,
        input: Input::Switch,
        label,
        about: Some(about),
        wrong: |t| t.wrong_choice,
    }
}

const fn digits(key: &'static str, most: u8, label: Told, about: Told, wrong: Told) -> Field {
    Field {
        key,
        input: Input::Digits(most),
        label,
        about: Some(about),
        wrong,
    }
}

/// Every section, in the order of the page.
pub(super) static SECTIONS: &[Section] = &[
    Section {
        name: "methods",
        title: |t| t.methods,
        about: |t| t.methods_about,
        fields: &[
            switch("credit", |t| t.credit, |t| t.off_173),
            switch("debit", |t| t.debit, |t| t.off_173),
            switch("boleto", |t| t.boleto, |t| t.off_173),
            switch("transfer", |t| t.transfer, |t| t.off_173),
            switch("wallets", |t| t.wallets, |t| t.wallets_about),
        ],
    },
    Section {
        name: "sales",
        title: |t| t.sales,
        about: |t| t.sales_about,
        fields: &[
            digits(
                "capture_window_days",
                2,
                |t| t.window,
                |t| t.window_about,
                |t| t.wrong_days,
            ),
            switch("refunds_enabled", |t| t.refunds, |t| t.refunds_about),
            switch("duplicate_orders_refused", |t| t.orders, |t| t.orders_about),
        ],
    },
    Section {
        name: "cards",
        title: |t| t.cards,
        about: |t| t.cards_about,
        fields: &[
            switch(
                "security_code_required",
                |t| t.security_code,
                |t| t.security_code_about,
            ),
            switch("protected_card", |t| t.protected, |t| t.protected_about),
            switch("renova_facil", |t| t.renewed, |t| t.renewed_about),
        ],
    },
    Section {
        name: "fraud",
        title: |t| t.fraud,
        about: |t| t.fraud_about,
        fields: &FRAUD,
    },
    Section {
        name: "boleto",
        title: |t| t.slips,
        about: |t| t.slips_about,
        fields: &[
            digits(
                "boleto_agency",
                5,
                |t| t.agency,
                |t| t.digits_5,
                |t| t.digits_5,
            ),
            digits(
                "boleto_account",
                8,
                |t| t.account,
                |t| t.digits_8,
                |t| t.digits_8,
            ),
            digits(
                "boleto_wallet",
                3,
                |t| t.wallet,
                |t| t.digits_3,
                |t| t.digits_3,
            ),
            digits(
                "boleto_convenio",
                7,
                |t| t.convenio,
                |t| t.digits_7,
                |t| t.digits_7,
            ),
        ],
    },
    Section {
        name: "access",
        title: |t| t.access,
        about: |t| t.access_about,
        fields: &[
            switch("second_factor_required", |t| t.factor, |t| t.factor_about),
            Field {
                key: "dialect",
                input: Input::Choice(&[
                    ("manual", |t| t.dialect_manual),
                    ("live", |t| t.dialect_live),
                ]),
                label: |t| t.dialect,
                about: Some(|t| t.dialect_about),
                wrong: |t| t.wrong_choice,
            },
        ],
    },
];

const FRAUD: [Field; 7] = [
    switch("antifraud", |t| t.antifraud, |t| t.antifraud_about),
    digits(
        "fraud_review_score",
        2,
        |t| t.review_score,
        |t| t.score_about,
        |t| t.wrong_score,
    ),
    digits(
        "fraud_reject_score",
        2,
        |t| t.reject_score,
        |t| t.score_about,
        |t| t.wrong_score,
    ),
    digits(
        "fraud_review_hours",
        3,
        |t| t.review_hours,
        |t| t.review_hours_about,
        |t| t.wrong_hours,
    ),
    Field {
        key: "fraud_review_expiry",
        input: Input::Choice(&[
            ("accept", |t| t.expiry_accept),
            ("reject", |t| t.expiry_reject),
        ]),
        label: |t| t.expiry,
        about: None,
        wrong: |t| t.wrong_choice,
    },
    switch("velocity", |t| t.velocity, |t| t.velocity_about),
    Field {
        key: "velocity_limits",
        input: Input::Text(300),
        label: |t| t.limits,
        about: Some(|t| t.limits_about),
        wrong: |t| t.wrong_limits,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aval_domain::settings::Settings;

    use super::*;

    #[test]
    fn every_setting_has_one_page_or_is_the_operators() {
        let here = SECTIONS.iter().flat_map(|section| section.fields);
        let mut all: Vec<&str> = here.map(|field| field.key).collect();
        all.extend(ELSEWHERE);
        all.extend(OPERATORS);
        all.extend(UNUSED);
        let known: BTreeSet<&str> = Settings::KEYS.iter().copied().collect();
        assert_eq!(all.len(), known.len(), "one stands twice");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), known);
    }

    #[test]
    fn what_can_be_chosen_is_taken() {
        for field in SECTIONS.iter().flat_map(|section| section.fields) {
            let words: Vec<&str> = match field.input {
                Input::Switch => vec!["true", "false"],
                Input::Choice(words) => words.iter().map(|(word, _)| *word).collect(),
                Input::Digits(_) | Input::Text(_) => continue,
            };
            for word in words {
                let mut settings = Settings::default();
                settings.set(field.key, word).unwrap();
                assert!(settings.list().contains(&(field.key, word.to_owned())));
            }
        }
    }
}
