//! Names in backslash commands: `orders`, `sales."Order"`, `ord*`.

use bowline::core::catalog::{Catalog, RelationName};

/// Reads `[schema.]name`, folded to lower case where it is not quoted.
pub fn relation_name(catalog: &Catalog, text: &str) -> RelationName {
    let mut parts = parts(text);
    let name = parts.pop().unwrap_or_default();
    match parts.pop() {
        Some(schema) => RelationName::new(schema, name),
        None => catalog.on_path(&name),
    }
}

/// Whether a name fits a pattern, in which `*` stands for any text and `?` for one character. An empty pattern fits all;
/// one with a point is compared with the schema too.
pub fn fits(pattern: &str, schema: &str, name: &str) -> bool {
    let parts = parts(pattern);
    match &parts[..] {
        [] => true,
        [only] => pattern.is_empty() || glob(only, name),
        [.., within, last] => glob(within, schema) && glob(last, name),
    }
}

/// The parts of a name between its points.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        let part = parts.last_mut().expect("a name was believed to have a part");
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts
}

fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Where the last star was met: its place in the pattern, and how much text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    let (mut at, mut taken) = (0, 0);
    while taken < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, taken));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[taken] => (at, taken) = (at + 1, taken + 1),
            _ => match star {
                Some((place, length)) => {
                    star = Some((place, length + 1));
                    (at, taken) = (place + 1, length + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::{Catalog, fits, relation_name};

    #[test]
    fn names_fold_unless_quoted() {
        let catalog = Catalog::default();
        assert_eq!(relation_name(&catalog, "Orders").to_string(), "orders");
        assert_eq!(relation_name(&catalog, "Sales.\"Order.s\"").name, "Order.s");
        assert_eq!(relation_name(&catalog, "Sales.\"Order.s\"").schema, "sales");
    }

    #[test]
    fn patterns() {
        for pattern in ["", "*", "orders", "ord*", "*s", "o?ders", "*r*e*", "public.*", "p*.orders"] {
            assert!(fits(pattern, "public", "orders"), "{pattern}");
        }
        for pattern in ["order", "x*", "?", "sales.*", "*r*x*"] {
            assert!(!fits(pattern, "public", "orders"), "{pattern}");
        }
    }
}
