//! Fields of a form as they are shown and read.
//!
//! Invariant: what was sent is shown again beside what is wrong with it; a value is trimmed and
//! holds no control characters.

use zeroize::Zeroizing;

/// A text field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name on the wire.
    pub name: &'static str,
    /// Label.
    pub label: &'static str,
    /// What helps to fill it in.
    pub hint: &'static str,
    /// Kind of input: `text`, `email`.
    pub kind: &'static str,
    /// What a browser may fill in (HTML, autocomplete).
    pub autocomplete: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
    /// Most characters.
    pub longest: usize,
    /// The value sent, or nothing.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<&'static str>,
}

impl Field {
    /// What describes the input to who cannot see it: the hint, and the error before it.
    #[must_use]
    pub fn described_by(&self) -> String {
        let name = self.name;
        match self.error {
            Some(_) => format!("{name}-error {name}-hint"),
            None => format!("{name}-hint"),
        }
    }

    /// Takes the value that was sent.
    #[must_use]
    pub fn filled(mut self, sent: &Sent) -> Self {
        self.value = sent.value(self.name);
        self
    }

    /// Checks it: it is there when it must be, and not too long; then by `wrong`.
    pub fn check(&mut self, missing: &'static str, wrong: Option<&'static str>) {
        let length = self.value.chars().count();
        self.error = if length == 0 {
            self.required.then_some(missing)
        } else {
            wrong
        };
    }

    /// Whether the value is longer than may be.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        self.value.chars().count() > self.longest
    }
}

/// The fields of a form that was sent.
#[derive(Debug, Default)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
    /// Reads a body of a form.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first value of a name as it was sent: a password's blanks count. No longer than `most`
    /// bytes, else nothing.
    #[must_use]
    pub fn secret(&self, name: &str, most: usize) -> Zeroizing<String> {
        let found = self.0.iter().find(|(had, _)| had == name);
        let value = found.map_or("", |(_, value)| value);
        Zeroizing::new(if value.len() <= most {
            value.to_owned()
        } else {
            String::new()
        })
    }

    /// Whether a name was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(had, _)| had == name)
    }

    /// Every value of a name, as it was sent.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.0.iter().filter(move |(had, _)| had == name);
        of.map(|(_, value)| value.as_str())
    }

    /// Every name that was sent, with its value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first value of a name: trimmed, each control character a blank.
    #[must_use]
    pub fn value(&self, name: &str) -> String {
        let found = self.0.iter().find(|(had, _)| had == name);
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let text: String = found
            .map_or("", |(_, value)| value)
            .chars()
            .map(plain)
            .collect();
        text.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_trimmed_and_has_no_control_characters() {
        let sent = Sent::parse(b"a=+Ana%00%0Ab+&b=%3Cx%3E&a=2");
        assert_eq!(sent.value("a"), "Ana  b");
        assert_eq!(sent.value("b"), "<x>");
        assert_eq!(sent.value("c"), "");
    }
}
