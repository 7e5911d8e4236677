//! Names as a statement writes them, and the names that a text writes.

use datafusion::sql::sqlparser::ast::Ident;

/// PostgreSQL's reserved words: names of tables and columns only in quotes.
/// Source: PostgreSQL documentation, appendix C, SQL Key Words, column "reserved".
const RESERVED: [&str; 77] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "in",
    "initially",
    "intersect",
    "into",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "placing",
    "primary",
    "references",
    "returning",
    "select",
    "session_user",
    "some",
    "symmetric",
    "system_user",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "window",
];

/// Whether a word names a table or column only in quotes.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word.to_lowercase().as_str())
}

/// A name as it is written: in quotes where it would be folded or mistaken for a word of the language.
pub(crate) fn identifier(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit() || c == '$';
    let starts_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    match starts_plain && name.chars().all(plain) && !is_reserved(name) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// A written name as the catalog keeps it: lower case unless quoted.
pub(crate) fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// A name in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The parts of a dotted name, folded to lower case unless they are in quotes. `None` if it is no name.
pub(crate) fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts.push(part);
    (!quoted && parts.iter().all(|part| !part.is_empty())).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::{identifier, parts};

    #[test]
    fn names_are_quoted_where_they_need_it() {
        assert_eq!(identifier("orders_fkey"), "orders_fkey");
        assert_eq!(identifier("Orders"), "\"Orders\"");
        assert_eq!(identifier("order"), "\"order\"");
        assert_eq!(identifier("1st"), "\"1st\"");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn names_are_taken_apart_as_identifiers() {
        let taken = |text: &str| parts(text).map(|parts| parts.join("|"));
        assert_eq!(taken("Shop.Orders.FK").as_deref(), Some("shop|orders|fk"));
        assert_eq!(taken(" \"A.b\".\"say \"\"x\"\"\"").as_deref(), Some("A.b|say \"x\""));
        assert_eq!((taken(""), taken("a."), taken("\"a")), (None, None, None));
    }
}
