//! Regular expressions as PostgreSQL writes them, in the dialect of the library that matches them.
//!
//! ```text
//!   a.b       (?s)a.b        a dot matches the end of a line too
//!   \m \M     \b{start} \b{end}     where a word begins and ends        \y \Y     \b \B        \Z     \z
//! ```

/// The pattern in the library's words; `None` if they are the same. `dot_matches_all`: whether a dot matches the end of a line.
pub(super) fn adapted(pattern: &str, dot_matches_all: bool) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('m') => out.push_str("\\b{start}"),
                Some('M') => out.push_str("\\b{end}"),
                Some('y') => out.push_str("\\b"),
                Some('Y') => out.push_str("\\B"),
                Some('Z') => out.push_str("\\z"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    if dot_matches_all && pattern.contains('.') && !pattern.starts_with("(?") {
        out.insert_str(0, "(?s)");
    }
    (out != pattern).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::adapted;

    #[test]
    fn escapes_and_dots_are_said_otherwise() {
        let adapted = |pattern: &str| adapted(pattern, true).unwrap_or_else(|| pattern.to_owned());
        assert_eq!(adapted(r"\mabc\M"), r"\b{start}abc\b{end}");
        assert_eq!(adapted(r"\\m\."), r"(?s)\\m\.");
        assert_eq!(adapted("a.b"), "(?s)a.b");
        assert_eq!(adapted("^abc$"), "^abc$");
    }
}
