//! Names as a statement has to write them.

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
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn names_are_quoted_where_they_need_it() {
        assert_eq!(identifier("orders_fkey"), "orders_fkey");
        assert_eq!(identifier("Orders"), "\"Orders\"");
        assert_eq!(identifier("order"), "\"order\"");
        assert_eq!(identifier("1st"), "\"1st\"");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
    }
}
