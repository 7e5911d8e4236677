//! Completes the word at the cursor: keywords, names of the catalog, backslash commands, files.
//!
//! It knows no grammar. What is offered depends on the word alone, and on whether it stands in a string.

use bowline::script::{Ending, ending};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::{Context, Helper, Highlighter, Hinter, Result, Validator};

use super::keywords::KEYWORDS;
use super::names::Names;
use crate::backslash::command_names;

/// What can be completed at the moment.
#[derive(Helper, Highlighter, Hinter, Validator)]
pub struct Completion {
    names: Names,
    /// The lines of the statement before this one.
    before: String,
    files: FilenameCompleter,
}

impl Completion {
    /// Completes with these names, in a line that follows the lines `before`.
    pub fn new(names: Names, before: String) -> Completion {
        Completion { names, before, files: FilenameCompleter::new() }
    }

    /// Where the word before the end of `line` starts, and what it may become. `after` is the rest of the line.
    fn candidates(&self, line: &str, after: &str) -> (usize, Vec<String>) {
        if let Some(command) = line.strip_prefix('\\') {
            let Some(space) = command.find(' ') else {
                return (0, command_names().filter(|name| name.starts_with(line)).map(str::to_owned).collect());
            };
            return match command[..space].starts_with('d') {
                true => self.words(line, "", &[], self.names.relations()),
                false => (line.len(), Vec::new()),
            };
        }
        let text = format!("{}\n{line}", self.before);
        match ending(&text) {
            Ending::SingleQuote | Ending::DollarQuote | Ending::Comment => (line.len(), Vec::new()),
            _ => self.words(line, after, KEYWORDS, self.names.alone()),
        }
    }

    fn words(&self, line: &str, after: &str, keywords: &[&str], names: Vec<&str>) -> (usize, Vec<String>) {
        let start =
            line.rfind(|c| !in_word(c)).map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
        let word = &line[start..];
        if let Some((qualifier, prefix)) = word.rsplit_once('.') {
            let qualifier_name = unquoted(qualifier);
            let mut names = self.names.within(&qualifier_name);
            if names.is_empty() {
                names = self.aliased(&qualifier_name, &format!("{}\n{line}{after}", self.before));
            }
            return (start + qualifier.len() + 1, starting_with(prefix, names));
        }
        let mut candidates = starting_with(word, names);
        if !word.is_empty() {
            let upper = word.to_uppercase();
            let fitting = keywords.iter().filter(|keyword| keyword.starts_with(&upper));
            // Keywords are written the way the person began.
            let as_typed = |keyword: &&str| if *word == upper { (*keyword).to_owned() } else { keyword.to_lowercase() };
            candidates.extend(fitting.map(as_typed));
        }
        candidates.sort();
        candidates.dedup();
        (start, candidates)
    }

    /// The columns behind an alias: those of the relation named before it, as in `customers c` or `customers AS c`.
    fn aliased(&self, alias: &str, text: &str) -> Vec<&str> {
        let words: Vec<String> = text.split(|c| !in_word(c)).filter(|word| !word.is_empty()).map(unquoted).collect();
        let named = words.windows(2).filter(|pair| pair[1] == alias).map(|pair| &pair[0]);
        let named_as = words.windows(3).filter(|three| three[1] == "as" && three[2] == alias).map(|three| &three[0]);
        let relation = |name: &String| self.names.within(name.rsplit('.').next().unwrap_or_default());
        named.chain(named_as).map(relation).find(|columns| !columns.is_empty()).unwrap_or_default()
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '"')
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, context: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let typed = &line[..position];
        if self.before.is_empty() && typed.starts_with("\\i ") {
            return self.files.complete(line, position, context);
        }
        let (start, candidates) = self.candidates(typed, &line[position..]);
        let pairs = candidates.into_iter().map(|text| Pair { display: text.clone(), replacement: text });
        Ok((start, pairs.collect()))
    }
}

/// The names that a typed word may become, quoted where they must be. What is typed without quotes fits in any case.
fn starting_with(word: &str, names: Vec<&str>) -> Vec<String> {
    let quotes = word.starts_with('"');
    let prefix = unquoted(word);
    let fits = |name: &&str| name.starts_with(&prefix) || (!quotes && name.to_lowercase().starts_with(&prefix));
    let mut found: Vec<String> = names.into_iter().filter(fits).map(|name| written(name, quotes)).collect();
    found.sort();
    found.dedup();
    found
}

/// A name as it must be written in SQL.
fn written(name: &str, quotes: bool) -> String {
    let plain = |c: char| c.is_lowercase() || c == '_' || c.is_ascii_digit();
    let is_plain = name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain && !quotes { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A name as the catalog has it: folded to lower case unless quoted.
fn unquoted(word: &str) -> String {
    match word.strip_prefix('"') {
        Some(rest) => rest.trim_end_matches('"').to_owned(),
        None => word.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use bowline::Database;

    use super::{Completion, Names};

    fn completed(before: &str, line: &str) -> Vec<String> {
        completed_within(before, line, "")
    }

    fn completed_within(before: &str, line: &str, after: &str) -> Vec<String> {
        let database = Database::in_memory().expect("a database in memory");
        let mut session = database.session();
        let made = session.execute(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE \"Order\" (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers);",
        );
        made.expect("the tables are well-formed");
        let completion = Completion::new(Names::of(&session.snapshot()), before.to_owned());
        let (start, candidates) = completion.candidates(line, after);
        candidates.into_iter().map(|candidate| format!("{}{candidate}", &line[..start])).collect()
    }

    #[test]
    fn completes_names_and_keywords() {
        assert_eq!(completed("", "select * from cust"), ["select * from customer_id", "select * from customers"]);
        assert_eq!(completed("", "SEL"), ["SELECT"]);
        assert_eq!(completed("", "sel"), ["select"]);
        assert_eq!(completed("select *", "from customers.na"), ["from customers.name"]);
        assert_eq!(
            completed("", "select * from bowline."),
            ["select * from bowline.relationships", "select * from bowline.violations"]
        );
        assert_eq!(completed("", "from information_schema.ref"), ["from information_schema.referential_constraints"]);
    }

    #[test]
    fn completes_behind_an_alias() {
        let after = " from customers c join \"Order\" as o";
        assert_eq!(completed_within("", "select c.n", after), ["select c.name"]);
        assert_eq!(
            completed_within("select *", " join \"Order\" o on o.cu", ""),
            [" join \"Order\" o on o.customer_id"]
        );
    }

    #[test]
    fn quotes_names_that_need_it() {
        assert!(completed("", "select * from ord").contains(&"select * from \"Order\"".to_owned()));
        assert_eq!(completed("", "select * from \"Or"), ["select * from \"Order\""]);
        assert_eq!(completed("", "select \"Order\".cu"), ["select \"Order\".customer_id"]);
    }

    #[test]
    fn strings_are_left_alone_and_commands_are_known() {
        assert!(completed("", "select 'cust").is_empty());
        assert!(completed("select 'a", "cust").is_empty());
        assert_eq!(completed("", "\\ti"), ["\\timing"]);
        assert_eq!(completed("", "\\d cust"), ["\\d customers"]);
    }
}
