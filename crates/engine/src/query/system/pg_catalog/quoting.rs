//! Names and texts as SQL would have to write them.

use std::collections::HashMap;
use std::sync::OnceLock;

use bowline_core::catalog::RelationName;

use super::objects::Objects;
use crate::search_path::is_visible;

/// A keyword: its category (`U`, `C`, `T` or `R`), and whether it can be a column's label without AS.
pub(super) struct Keyword {
    pub category: &'static str,
    pub bare_label: bool,
}

/// All keywords of PostgreSQL.
pub(super) fn keywords() -> &'static HashMap<&'static str, Keyword> {
    static KEYWORDS: OnceLock<HashMap<&'static str, Keyword>> = OnceLock::new();
    KEYWORDS.get_or_init(|| {
        let lines = include_str!("keywords.txt").lines().filter(|line| !line.starts_with('#'));
        let keyword = |line: &'static str| {
            let mut words = line.split(' ');
            let word = words.next().unwrap_or_default();
            let category = words.next().expect("keywords.txt was believed to hold a category for each word");
            (word, Keyword { category, bare_label: words.next() == Some("t") })
        };
        lines.map(keyword).collect()
    })
}

/// A name, in quotes where it needs them.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && keywords().get(name).is_none_or(|keyword| keyword.category == "U");
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A relation's name, with its schema unless the search path finds it by the name alone.
pub(super) fn relation(objects: &Objects, name: &RelationName) -> String {
    match is_visible(&objects.catalog, name) {
        true => quoted(&name.name),
        false => format!("{}.{}", quoted(&name.schema), quoted(&name.name)),
    }
}

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    let escaped = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", escaped.replace('\\', "\\\\")) } else { format!("'{escaped}'") }
}
