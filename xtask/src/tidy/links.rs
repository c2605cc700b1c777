//! What documents point at: their relative links, and the map's paths in backticks.
//!
//! Invariant: what stands in a code block is an example and points at nothing.

use super::Violation;

/// Where a path in backticks must begin to be one of ours.
const OURS: [&str; 5] = ["crates/", "docs/", "xtask/", "bench/", ".ci/"];

/// The relative links of the document that `resolves` does not know.
pub fn check_links(text: &str, resolves: impl Fn(&str) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in prose(text) {
        let plain = without_code(line);
        let broken = targets(&plain)
            .into_iter()
            .filter_map(relative)
            .filter(|to| !resolves(to));
        violations.extend(
            broken.map(|to| Violation::at(index, format!("the link to {to} leads nowhere"))),
        );
    }
    violations
}

/// The paths in backticks that `exists` does not know.
pub fn check_paths(text: &str, exists: impl Fn(&str) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in prose(text) {
        let spans = line.split('`').skip(1).step_by(2);
        let paths = spans.filter(|span| OURS.iter().any(|start| span.starts_with(start)));
        let missing = paths.map(path_of).filter(|path| !exists(path));
        violations
            .extend(missing.map(|path| Violation::at(index, format!("{path} does not exist"))));
    }
    violations
}

/// The lines outside fenced code blocks, with their indices.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter(move |(_, line)| {
        let line = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => return true,
            (Some(_), _) => {}
        }
        false
    })
}

/// The line without what stands in backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("code")
}

/// What the line's links lead to, `[text](target "title")` as well as `[name]: target`.
fn targets(line: &str) -> Vec<&str> {
    let inline = line.match_indices("](").filter_map(|(at, mark)| {
        let rest = line.get(at + mark.len()..)?;
        let end = closing_parenthesis(rest)?;
        rest.get(..end)
    });
    let trimmed = line.trim_start();
    let definition = trimmed
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "));
    let is_footnote = trimmed.starts_with("[^");
    let defined = definition
        .filter(|_| !is_footnote)
        .map(|(_, target)| target);
    inline.chain(defined).map(without_title).collect()
}

/// Where the parenthesis closes that was open before the text.
fn closing_parenthesis(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn without_title(target: &str) -> &str {
    let target = target.trim();
    match target
        .strip_prefix('<')
        .and_then(|rest| rest.split_once('>'))
    {
        Some((inner, _)) => inner,
        None => target.split_whitespace().next().unwrap_or_default(),
    }
}

/// The file that a link within the repository leads to.
fn relative(target: &str) -> Option<&str> {
    let elsewhere = target.contains("://") || target.starts_with("mailto:");
    let file = target.split(['#', '?']).next().unwrap_or_default();
    (!elsewhere && !file.is_empty()).then_some(file)
}

/// The path alone: without a line, an item or an anchor behind it, and up to the directory that
/// holds what a pattern stands for.
fn path_of(span: &str) -> &str {
    let bare = span.split([':', '#', ' ']).next().unwrap_or(span);
    match bare.find(['*', '{', '<', '…']) {
        Some(at) => bare
            .get(..at)
            .and_then(|head| head.rsplit_once('/'))
            .map_or(bare, |cut| cut.0),
        None => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<(usize, String)> {
        let known = ["a.md", "docs/b (1).md", "dir/"];
        let found = check_links(text, |target| known.contains(&target));
        found
            .into_iter()
            .map(|found| (found.line, found.message))
            .collect()
    }

    #[test]
    fn links_that_resolve_or_lead_elsewhere_are_fine() {
        assert_eq!(
            broken("[a](a.md) ![a](a.md#part) [b](<docs/b (1).md> \"B\") [c](dir/)"),
            []
        );
        assert_eq!(
            broken("[x](https://example.com/a) [m](mailto:a@b.c) [p](#part)"),
            []
        );
        assert_eq!(broken("[a]: a.md\n[^1]: a footnote"), []);
    }

    #[test]
    fn links_that_lead_nowhere_are_named() {
        let one = [(2, "the link to gone.md leads nowhere".to_owned())];
        assert_eq!(broken("x\n[a](a.md) and [b](gone.md#part)"), one);
        assert_eq!(broken("x\n[b]: gone.md"), one);
        assert_eq!(broken("x\n[`code`](gone.md)"), one);
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(broken("```rust\na[0](gone.md)\n```\n`[x](gone.md)`"), []);
        assert_eq!(broken("~~~\n```\n[x](gone.md)\n~~~\n"), []);
        assert_eq!(broken("```\n```\n[x](gone.md)").len(), 1);
    }

    #[test]
    fn paths_in_backticks_must_exist() {
        let known = ["crates/a", "crates/a/src/lib.rs", ".ci/run"];
        let check = |text: &str| check_paths(text, |path| known.contains(&path));
        assert_eq!(
            check("`crates/a/src/lib.rs:12`, `crates/a/src/lib.rs::Item`, `.ci/run`"),
            []
        );
        assert_eq!(
            check("`crates/a/*.rs`, `crates/a/{b,c}.rs`, `cargo run`, crates/gone"),
            []
        );
        let gone = check("x\nthe `docs/gone.md` one");
        assert_eq!(gone, [Violation::at(1, "docs/gone.md does not exist")]);
        assert_eq!(check("```\n`docs/gone.md`\n```"), []);
    }
}
