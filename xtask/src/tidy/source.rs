//! What a Rust file looks like: its opening, its size, its lines and the words it does without.
//!
//! Invariant: a table file (its path holds `/tables`, or a line of it is the mark) is free of the
//! limits of length and of nothing else.

use super::Violation;
use super::functions;

const LONGEST_FILE: usize = 500;
const LONGEST_LINE: usize = 100;

/// The line that makes a file a table.
const TABLE_MARK: &str = "// tidy: table";

/// What must not be left in a file. Put together here so that this file does not hold them.
const NEEDLES: [(&str, &str); 6] = [
    (concat!("TO", "DO"), "is for an issue"),
    (concat!("FIX", "ME"), "is for an issue"),
    (concat!("XX", "X:"), "is for an issue"),
    (concat!("dbg", "!"), "is for one's own machine"),
    (concat!("#[", "ignore"), "makes a test that never runs"),
    (concat!("allow(", "dead_code"), "keeps what nothing uses"),
];

/// Checks the text of the file at the path.
pub fn check(path: &str, text: &str) -> Vec<Violation> {
    let lines: Vec<&str> = text.lines().collect();
    let table = path.contains("/tables") || lines.iter().any(|line| line.trim() == TABLE_MARK);
    let mut violations = Vec::new();
    if !lines.first().is_some_and(|line| line.starts_with("//!")) {
        violations.push(Violation::at(0, "the file does not begin with //!"));
    }
    if lines.len() > LONGEST_FILE && !table {
        let message = format!("{} lines, more than {LONGEST_FILE}", lines.len());
        violations.push(Violation::at(LONGEST_FILE, message));
    }
    for (index, line) in lines.iter().enumerate() {
        let length = line.chars().count();
        if length > LONGEST_LINE && !table && !line.contains("://") {
            let message = format!("{length} characters, more than {LONGEST_LINE}");
            violations.push(Violation::at(index, message));
        }
        let left = NEEDLES.iter().filter(|(needle, _)| holds(line, needle));
        violations
            .extend(left.map(|(needle, why)| Violation::at(index, format!("`{needle}` {why}"))));
    }
    violations.extend(functions::check(&lines));
    violations.sort_by_key(|violation| violation.line);
    violations
}

/// Whether the line holds the needle as a word, not as a part of a longer one.
fn holds(line: &str, needle: &str) -> bool {
    let part = |end: Option<char>, word: Option<char>| {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        end.is_some_and(in_word) && word.is_some_and(in_word)
    };
    line.match_indices(needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + needle.len()..)
            .and_then(|text| text.chars().next());
        !part(before, needle.chars().next()) && !part(after, needle.chars().next_back())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<(usize, String)> {
        check(path, text)
            .into_iter()
            .map(|found| (found.line, found.message))
            .collect()
    }

    #[test]
    fn a_plain_file_is_tidy() {
        assert_eq!(check("crates/a/src/lib.rs", "//! Here.\n\nfn a() {}\n"), []);
    }

    #[test]
    fn a_file_says_what_lives_in_it() {
        let expected = [(1, "the file does not begin with //!".to_owned())];
        assert_eq!(messages("a.rs", "use x;\n"), expected);
        assert_eq!(messages("a.rs", ""), expected);
    }

    #[test]
    fn only_tables_are_long() {
        let long = format!("//! Here.\n{}", "//\n".repeat(500));
        assert_eq!(
            messages("a.rs", &long),
            [(501, "501 lines, more than 500".to_owned())]
        );
        assert_eq!(messages("crates/a/src/tables/b.rs", &long), []);
        assert_eq!(messages("a.rs", &format!("{long}{TABLE_MARK}\n")), []);
        assert_eq!(
            messages("a.rs", &format!("//! Here.\n{}", "//\n".repeat(499))),
            []
        );
    }

    #[test]
    fn lines_are_counted_in_characters() {
        let line = |length: usize| format!("//! Here.\n// {}\n", "ç".repeat(length - 3));
        assert_eq!(messages("a.rs", &line(100)), []);
        let long = line(101);
        assert_eq!(
            messages("a.rs", &long),
            [(2, "101 characters, more than 100".to_owned())]
        );
        assert_eq!(messages("a/tables.rs", &long), []);
        assert_eq!(messages("a.rs", &long.replace("// ", "// http://x ")), []);
    }

    #[test]
    fn leftovers_are_found_as_words() {
        for (needle, why) in NEEDLES {
            let text = format!("//! Here.\n    // {needle} x\n");
            assert_eq!(
                messages("a/tables.rs", &text),
                [(2, format!("`{needle}` {why}"))]
            );
        }
        let name = NEEDLES[0].0;
        assert!(holds(&format!("// {name}(me): x"), name));
        assert!(holds(&format!("{name}: x"), name));
        assert!(!holds(&format!("const {name}S: u8"), name));
        assert!(!holds(&format!("A_{name}"), name));
        let attribute = NEEDLES[4].0;
        assert!(holds(&format!("{attribute} = \"slow\"]"), attribute));
    }
}
