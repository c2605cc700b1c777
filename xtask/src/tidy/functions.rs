//! How long functions are, told from the indentation that rustfmt gives them.
//!
//! Invariant: a function ends where its own indentation comes back with a closing brace, or with a
//! semicolon when it has no body.

use super::Violation;

const LONGEST_FUNCTION: usize = 70;

/// The words that may stand before `fn`.
const QUALIFIERS: [&str; 5] = ["const", "async", "unsafe", "extern", "default"];

/// The functions among the lines that are too long.
pub fn check(lines: &[&str]) -> Vec<Violation> {
    let starts = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| Some((index, name(line)?)));
    starts
        .filter_map(|(index, name)| {
            let length = length(lines.get(index..)?);
            let message = || format!("fn {name}: {length} lines, more than {LONGEST_FUNCTION}");
            (length > LONGEST_FUNCTION).then(|| Violation::at(index, message()))
        })
        .collect()
}

/// The function that begins in this line.
fn name(line: &str) -> Option<&str> {
    let mut rest = without_visibility(line.trim_start());
    loop {
        if let Some(named) = rest.strip_prefix("fn ") {
            return named.split(['(', '<']).next();
        }
        let (word, tail) = rest.split_once(' ')?;
        let abi = word.starts_with('"') && word.ends_with('"');
        if !abi && !QUALIFIERS.contains(&word) {
            return None;
        }
        rest = tail;
    }
}

/// Without `pub` or `pub(in some::place)`.
fn without_visibility(line: &str) -> &str {
    match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ").map_or(line, |(_, tail)| tail),
        None => line.strip_prefix("pub ").unwrap_or(line),
    }
}

/// How many lines the function takes that begins in the first of these.
fn length(lines: &[&str]) -> usize {
    let Some((first, rest)) = lines.split_first() else {
        return 0;
    };
    if first.ends_with(['}', ';']) {
        return 1;
    }
    let indent = indentation(first);
    let mut has_body = first.ends_with('{');
    for (index, line) in rest.iter().enumerate() {
        if line.trim().is_empty() || indentation(line) != indent {
            continue;
        }
        let closes = line.trim_start().starts_with('}') || (line.ends_with('}') && !has_body);
        if closes || (line.ends_with(';') && !has_body) {
            return index + 2;
        }
        has_body = has_body || line.ends_with('{');
    }
    lines.len()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(lines: usize) -> String {
        "        x();\n".repeat(lines)
    }

    fn found(text: &str) -> Vec<(usize, String)> {
        let lines: Vec<&str> = text.lines().collect();
        check(&lines)
            .into_iter()
            .map(|found| (found.line, found.message))
            .collect()
    }

    #[test]
    fn names_are_found_behind_any_qualifier() {
        assert_eq!(name("fn a() {"), Some("a"));
        assert_eq!(name("    pub(in crate::x) const fn a<T>() {"), Some("a"));
        assert_eq!(name("pub async unsafe fn a("), Some("a"));
        assert_eq!(name("pub extern \"C\" fn a() {"), Some("a"));
        assert_eq!(name("// fn a() {"), None);
        assert_eq!(name("let f: fn (u8);"), None);
        assert_eq!(name("function()"), None);
    }

    #[test]
    fn the_limit_counts_signature_and_braces() {
        let text = |lines| format!("impl A {{\n    fn a() {{\n{}    }}\n}}\n", body(lines));
        assert_eq!(found(&text(68)), []);
        assert_eq!(
            found(&text(69)),
            [(2, "fn a: 71 lines, more than 70".to_owned())]
        );
    }

    #[test]
    fn a_signature_over_many_lines_does_not_end_it() {
        let head = "    fn a<T>(\n        b: u8,\n    ) -> u8\n    where\n        T: B,\n    {\n";
        let text = format!("impl A {{\n{head}{}    }}\n}}\n", body(70));
        assert_eq!(
            found(&text),
            [(2, "fn a: 77 lines, more than 70".to_owned())]
        );
    }

    #[test]
    fn declarations_and_one_liners_end_at_once() {
        let items = "    fn a();\n    fn b(\n        c: u8,\n    ) -> u8;\n    fn d() {}\n";
        let text = format!("trait A {{\n{items}{}}}\n", body(80));
        assert_eq!(found(&text), []);
    }

    #[test]
    fn a_function_within_a_function_is_measured_by_itself() {
        let inner = format!("    fn b() {{\n{}    }}\n", body(3));
        let text = format!("fn a() {{\n{inner}{}}}\n", body(70));
        assert_eq!(
            found(&text),
            [(1, "fn a: 77 lines, more than 70".to_owned())]
        );
    }
}
