//! The names of constraints and sequences that were declared without one, as PostgreSQL makes them.

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 63;

/// Whether a name is taken already.
pub type NameTaken<'a> = &'a dyn Fn(&str) -> bool;

/// `table_columns_label`, shortened to 63 bytes and numbered if taken. `label` is `pkey`, `key`, `fkey`, `check`, `seq`
/// or `idx`; `columns` may be empty.
///
/// Source: PostgreSQL documentation, CREATE TABLE, and its `ChooseRelationName`.
pub fn constraint_name(table: &str, columns: &[&str], label: &str, taken: NameTaken) -> String {
    let columns = columns.join("_");
    let mut suffix = label.to_owned();
    for number in 1.. {
        let name = assembled(table, &columns, &suffix);
        if !taken(&name) {
            return name;
        }
        suffix = format!("{label}{number}");
    }
    unreachable!("there are more numbers than names")
}

/// Shortens the longer of the two parts until the whole fits.
fn assembled(table: &str, columns: &str, label: &str) -> String {
    let separators = if columns.is_empty() { 1 } else { 2 };
    let room = NAME_BYTES_MAX.saturating_sub(label.len() + separators);
    let (mut table_bytes, mut column_bytes) = (table.len(), columns.len());
    while table_bytes + column_bytes > room {
        if table_bytes > column_bytes { table_bytes -= 1 } else { column_bytes -= 1 }
    }
    let (table, columns) = (clipped(table, table_bytes), clipped(columns, column_bytes));
    if columns.is_empty() { format!("{table}_{label}") } else { format!("{table}_{columns}_{label}") }
}

/// At most `bytes` bytes, ending between characters.
fn clipped(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::constraint_name;

    #[test]
    fn names_are_made_shortened_and_numbered() {
        assert_eq!(constraint_name("orders", &["customer_id"], "fkey", &|_| false), "orders_customer_id_fkey");
        assert_eq!(constraint_name("orders", &[], "pkey", &|_| false), "orders_pkey");
        let taken = |name: &str| name == "t_a_key" || name == "t_a_key1";
        assert_eq!(constraint_name("t", &["a"], "key", &taken), "t_a_key2");
        let long = "x".repeat(60);
        assert_eq!(constraint_name(&long, &["some_column"], "fkey", &|_| false).len(), 63);
    }
}
