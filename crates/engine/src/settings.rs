//! The settings of a session: which there are, what values they take, and what holds now.
//!
//! ```text
//!   local (SET LOCAL, ends with the transaction) ─▶ session (SET) ─▶ start (what RESET goes back to) ─▶ default
//! ```
//!
//! A setting either works, or can only be asked to be what it is anyway; any other value is refused. A rolled back
//! transaction takes its settings with it: [`Settings`] is a value, kept when a transaction starts and put back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::Error;
use crate::sql::SYSTEM_SCHEMAS;

/// A setting there is.
struct Setting {
    /// As PostgreSQL writes it; found in any case.
    name: &'static str,
    /// What it is unless set.
    value: &'static str,
    takes: Takes,
}

/// The values a setting takes.
enum Takes {
    /// Its own, and other spellings of it.
    Own(&'static [&'static str]),
    /// It can be read only.
    Nothing,
    /// One of these words; the engine behaves alike under all of them, or whoever asks acts on it.
    Word(&'static [&'static str]),
    Boolean,
    /// A length of time, in milliseconds; 0 is none.
    Time,
    /// A count, or `unlimited`.
    Limit,
    /// An integer in this range.
    Integer(i64, i64),
    /// Names, with commas between them.
    Names,
    Text,
}

/// The database, unless a session calls it otherwise.
const DATABASE: &str = "bowline";
/// The setting that tells whose session it is.
const USER: &str = "session_authorization";
/// Where names without a schema are looked for.
pub(crate) const SEARCH_PATH: &str = "search_path";
/// What stands in the search path for the schema called as the one whose session it is.
const OWN_SCHEMA: &str = "$user";
/// The level of the running transaction, and of those to come.
const TRANSACTION_ISOLATION: &str = "transaction_isolation";
const DEFAULT_ISOLATION: &str = "default_transaction_isolation";

const UTC: &[&str] = &[
    "utc",
    "etc/utc",
    "gmt",
    "etc/gmt",
    "uct",
    "etc/uct",
    "universal",
    "zulu",
    "z",
    "0",
    "+00",
    "+00:00",
    "-00:00",
    "00:00",
];
const SERIALIZABLE: &str = "serializable";
const ISOLATION: &[&str] = &["read uncommitted", "read committed", "repeatable read"];
const LEVELS: &[&str] =
    &["debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "info", "notice", "warning", "error"];
/// A limit that is none.
const UNLIMITED: &str = "unlimited";
const ON: &[&str] = &["on", "true", "yes", "1"];
const OFF: &[&str] = &["off", "false", "no", "0"];

const SETTINGS: &[Setting] = &[
    own("IntervalStyle", "postgres", &["postgres"]),
    own("DateStyle", "ISO, MDY", &["iso", "iso, mdy", "iso,mdy", "mdy", "iso, us"]),
    own("TimeZone", "UTC", UTC),
    Setting { name: "application_name", value: "", takes: Takes::Text },
    own("backslash_quote", "safe_encoding", &["safe_encoding"]),
    nothing("block_size", "8192"),
    own("bytea_output", "hex", &["hex"]),
    // There are no functions whose bodies could be checked.
    Setting { name: "check_function_bodies", value: "on", takes: Takes::Boolean },
    own("client_encoding", "UTF8", &["utf8", "utf-8", "unicode"]),
    Setting { name: "client_min_messages", value: "notice", takes: Takes::Word(LEVELS) },
    // Heap is the one way tables are kept, whatever it is called.
    own("default_table_access_method", "heap", &["heap"]),
    own("default_tablespace", "", &[]),
    own("default_transaction_deferrable", "off", OFF),
    // Every level runs as snapshot isolation.
    Setting { name: DEFAULT_ISOLATION, value: "repeatable read", takes: Takes::Word(ISOLATION) },
    Setting { name: "default_transaction_read_only", value: "off", takes: Takes::Boolean },
    own("escape_string_warning", "on", ON),
    // The shortest digits that read back the same, which PostgreSQL writes for 1 and above.
    Setting { name: "extra_float_digits", value: "1", takes: Takes::Integer(1, 3) },
    Setting { name: "idle_in_transaction_session_timeout", value: "0", takes: Takes::Time },
    Setting { name: "idle_session_timeout", value: "0", takes: Takes::Time },
    nothing("in_hot_standby", "off"),
    nothing("integer_datetimes", "on"),
    nothing("is_superuser", "on"),
    own("jit", "off", OFF),
    own("lc_messages", "C", &["c", "posix"]),
    own("lc_monetary", "C", &["c", "posix"]),
    own("lc_numeric", "C", &["c", "posix"]),
    own("lc_time", "C", &["c", "posix"]),
    // Nothing waits for a lock of another session's.
    Setting { name: "lock_timeout", value: "0", takes: Takes::Time },
    // How many rows the referential actions of one statement may touch.
    Setting { name: "max_cascaded_rows", value: UNLIMITED, takes: Takes::Limit },
    nothing("max_identifier_length", "63"),
    nothing("max_index_keys", "32"),
    own("quote_all_identifiers", "off", OFF),
    // There are no policies that could hide rows.
    Setting { name: "row_security", value: "on", takes: Takes::Boolean },
    Setting { name: SEARCH_PATH, value: "\"$user\", public", takes: Takes::Names },
    nothing("server_encoding", "UTF8"),
    nothing("server_version", "18.0"),
    nothing("server_version_num", "180000"),
    nothing(USER, "bowline"),
    own("standard_conforming_strings", "on", ON),
    Setting { name: "statement_timeout", value: "0", takes: Takes::Time },
    // Commits are durable when they are acknowledged, also where less is asked for.
    Setting {
        name: "synchronous_commit",
        value: "on",
        takes: Takes::Word(&["on", "off", "local", "remote_write", "remote_apply"]),
    },
    // Every scan starts at the first row.
    own("synchronize_seqscans", "off", OFF),
    own("transaction_deferrable", "off", OFF),
    Setting { name: TRANSACTION_ISOLATION, value: "repeatable read", takes: Takes::Word(ISOLATION) },
    own("transaction_timeout", "0", &["0"]),
    own("xmloption", "content", &["content"]),
];

const fn own(name: &'static str, value: &'static str, spellings: &'static [&'static str]) -> Setting {
    Setting { name, value, takes: Takes::Own(spellings) }
}

const fn nothing(name: &'static str, value: &'static str) -> Setting {
    Setting { name, value, takes: Takes::Nothing }
}

/// How long a SET holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Until it is set again or the session ends.
    Session,
    /// Until the transaction ends.
    Transaction,
}

/// What is set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    start: Arc<BTreeMap<String, String>>,
    session: Arc<BTreeMap<String, String>>,
    local: Arc<BTreeMap<String, String>>,
    /// The isolation level of the running transaction, where it is known. It is no change, for nothing depends on it.
    isolation: Option<&'static str>,
    /// Goes up with every change.
    changes: u64,
}

/// The settings of one session, which its functions read and change too.
#[derive(Debug, Default)]
pub(crate) struct SessionSettings {
    settings: Mutex<Settings>,
    /// What the session calls its database.
    database: OnceLock<String>,
}

impl SessionSettings {
    /// All that is set, to be put back.
    pub fn keep(&self) -> Settings {
        self.settings.lock().clone()
    }

    /// Puts back what was kept: a transaction was rolled back.
    pub fn put_back(&self, kept: Settings) {
        let mut settings = self.settings.lock();
        settings.isolation = kept.isolation;
        if settings.changes != kept.changes {
            let changes = settings.changes + 1;
            *settings = Settings { changes, ..kept };
        }
    }

    /// A number that goes up whenever something may be set otherwise than before.
    pub fn changes(&self) -> u64 {
        self.settings.lock().changes
    }

    /// A transaction ended: what was set LOCAL ends with it.
    pub fn end_local(&self) {
        let mut settings = self.settings.lock();
        settings.isolation = None;
        if !settings.local.is_empty() {
            settings.local = Arc::default();
            settings.changes += 1;
        }
    }

    /// A transaction begins at this level, or at the default one.
    pub fn begin(&self, isolation: Option<&'static str>) {
        let known = |level: &str| ISOLATION.iter().find(|known| **known == level).copied();
        let level = isolation.or_else(|| self.read(DEFAULT_ISOLATION, known).flatten());
        self.settings.lock().isolation = level;
    }

    /// The value of a setting, whatever the case of its name; `None` if there is no such setting.
    pub fn get(&self, name: &str) -> Option<String> {
        self.read(name, str::to_owned)
    }

    /// What is made of the value of a setting; `None` if there is no such setting.
    fn read<T>(&self, name: &str, make: impl FnOnce(&str) -> T) -> Option<T> {
        let settings = self.settings.lock();
        let mut found = find(name);
        if found.is_some_and(|setting| setting.name == TRANSACTION_ISOLATION) {
            if let Some(level) = settings.isolation {
                return Some(make(level));
            }
            found = find(DEFAULT_ISOLATION);
        }
        let key = key(found.map_or(name, |setting| setting.name));
        let set = [&settings.local, &settings.session, &settings.start].into_iter().find_map(|map| map.get(&*key));
        set.map(String::as_str).or(found.map(|setting| setting.value)).map(make)
    }

    /// Whether a boolean setting is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.read(name, |value| value == "on").unwrap_or(false)
    }

    /// A length of time; `None` when it is off.
    pub fn time(&self, name: &str) -> Option<Duration> {
        self.read(name, milliseconds)?.filter(|time| *time > 0).map(Duration::from_millis)
    }

    /// Sets a value. Errors: 42704 for a setting there is not, 22023 for a value it does not take, 55P02 if it can only
    /// be read, 0A000 for a value that is PostgreSQL's but not had here.
    pub fn set(&self, name: &str, value: &str, holds: Holds) -> Result<(), Error> {
        let (key, value) = taken(name, value)?;
        if key == TRANSACTION_ISOLATION {
            self.settings.lock().isolation = Some(isolation_level(&value)?);
            return Ok(());
        }
        let mut settings = self.settings.lock();
        settings.changes += 1;
        if holds == Holds::Session {
            Arc::make_mut(&mut settings.local).remove(&key);
            Arc::make_mut(&mut settings.session).insert(key, value);
        } else {
            Arc::make_mut(&mut settings.local).insert(key, value);
        }
        Ok(())
    }

    /// Sets what RESET goes back to. Errors: as [`SessionSettings::set`].
    pub fn start_with(&self, name: &str, value: &str) -> Result<(), Error> {
        let (key, value) = taken(name, value)?;
        let mut settings = self.settings.lock();
        settings.changes += 1;
        Arc::make_mut(&mut settings.start).insert(key, value);
        Ok(())
    }

    /// The schemas that `search_path` names, be they there or not.
    pub fn search_path(&self) -> Vec<String> {
        let told = self.get(SEARCH_PATH).and_then(|told| listed(&told)).unwrap_or_default();
        let meant = |schema: String| match schema == OWN_SCHEMA {
            // A user called as a schema of the system has none.
            true => Some(self.user()).filter(|user| !SYSTEM_SCHEMAS.contains(&user.as_str())),
            false => Some(schema),
        };
        told.into_iter().filter_map(meant).collect()
    }

    /// Whose session it is.
    pub fn user(&self) -> String {
        self.get(USER).unwrap_or_default()
    }

    /// Names whose session it is.
    pub fn start_as(&self, user: &str) {
        let mut settings = self.settings.lock();
        settings.changes += 1;
        Arc::make_mut(&mut settings.start).insert(USER.to_owned(), user.to_owned());
    }

    /// What the session calls the one database.
    pub fn database(&self) -> String {
        self.database.get().cloned().unwrap_or_else(|| DATABASE.to_owned())
    }

    /// Names the database, once.
    pub fn name_database(&self, name: &str) {
        // Whoever names it again is not heard: a connection stays with its database.
        let _ = self.database.set(name.to_owned());
    }

    /// `RESET name`, which `SET name TO DEFAULT` is too. Errors: 42704; 0A000 for a transaction's own.
    pub fn reset(&self, name: &str) -> Result<(), Error> {
        let key = match find(name) {
            Some(setting) => setting.name.to_lowercase(),
            None if name.contains('.') => name.to_lowercase(),
            None => return Err(unknown(name)),
        };
        if key == TRANSACTION_ISOLATION {
            let hint = "Say the level: SET TRANSACTION ISOLATION LEVEL ...";
            return Err(Error::unsupported(format!("parameter \"{key}\" cannot be reset"), hint));
        }
        let mut settings = self.settings.lock();
        settings.changes += 1;
        Arc::make_mut(&mut settings.local).remove(&key);
        Arc::make_mut(&mut settings.session).remove(&key);
        Ok(())
    }

    /// `SET LOCAL name TO DEFAULT`: what RESET goes back to holds until the transaction ends. Errors: 42704.
    pub fn reset_locally(&self, name: &str) -> Result<(), Error> {
        let start = self.settings.lock().start.get(&name.to_lowercase()).cloned();
        match start.or_else(|| find(name).map(|setting| setting.value.to_owned())) {
            Some(value) => self.set(name, &value, Holds::Transaction),
            None => self.reset(name),
        }
    }

    /// `RESET ALL`.
    pub fn reset_all(&self) {
        let mut settings = self.settings.lock();
        (settings.session, settings.local) = (Arc::default(), Arc::default());
        settings.changes += 1;
    }

    /// Every setting with its value, by name.
    pub fn all(&self) -> Vec<(String, String)> {
        let mut names: Vec<String> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
        let settings = self.keep();
        for map in [&settings.local, &settings.session, &settings.start] {
            names.extend(map.keys().filter(|name| name.contains('.')).cloned());
        }
        names.sort_by_key(|name| name.to_lowercase());
        names.dedup();
        names.into_iter().map(|name| (name.clone(), self.get(&name).unwrap_or_default())).collect()
    }
}

/// An isolation level, in any case of its words. Errors: 0A000 for SERIALIZABLE, 22023 for what is no level.
pub(crate) fn isolation_level(words: &str) -> Result<&'static str, Error> {
    if words.eq_ignore_ascii_case(SERIALIZABLE) {
        return Err(no_serializable());
    }
    let known = ISOLATION.iter().find(|level| level.eq_ignore_ascii_case(words)).copied();
    known.ok_or_else(|| Error::new("22023", format!("{words} is no isolation level")))
}

fn no_serializable() -> Error {
    Error::unsupported(
        "isolation level SERIALIZABLE is not supported",
        "Transactions run under snapshot isolation: use REPEATABLE READ.",
    )
}

/// 42704 for a setting there is not.
pub(crate) fn unknown(name: &str) -> Error {
    Error::new("42704", format!("unrecognized configuration parameter \"{name}\""))
        .with_hint("SHOW ALL lists the settings there are.")
}

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name.eq_ignore_ascii_case(name))
}

/// What a setting is kept under.
fn key(name: &str) -> Cow<'_, str> {
    match name.chars().any(char::is_uppercase) {
        true => Cow::Owned(name.to_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// The key of a setting, and the value as it is kept and shown.
fn taken(name: &str, value: &str) -> Result<(String, String), Error> {
    let Some(setting) = find(name) else {
        // A name with a dot is a program's own.
        return if name.contains('.') { Ok((name.to_lowercase(), value.to_owned())) } else { Err(unknown(name)) };
    };
    let trimmed = value.trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(trimmed));
    let invalid = || Error::new("22023", format!("invalid value for parameter \"{}\": \"{value}\"", setting.name));
    let kept = match setting.takes {
        Takes::Text => value.to_owned(),
        Takes::Names if listed(value).is_some() => value.to_owned(),
        Takes::Names => return Err(invalid().with_detail("List syntax is invalid.")),
        Takes::Own(spellings) if is_one_of(spellings) || trimmed.eq_ignore_ascii_case(setting.value) => {
            setting.value.to_owned()
        }
        Takes::Own(_) => {
            return Err(Error::unsupported(
                format!("setting {} cannot be changed to {value}", setting.name),
                match setting.value {
                    "" => "It is always empty.".to_owned(),
                    own => format!("It is always {own}."),
                },
            ));
        }
        Takes::Nothing => {
            return Err(Error::new("55P02", format!("parameter \"{}\" cannot be changed", setting.name)));
        }
        Takes::Word(words) if is_one_of(words) => trimmed.to_lowercase(),
        Takes::Word(_) if trimmed.eq_ignore_ascii_case(SERIALIZABLE) => return Err(no_serializable()),
        Takes::Word(words) => return Err(invalid().with_hint(format!("Available values: {}.", words.join(", ")))),
        Takes::Boolean if is_one_of(ON) => "on".to_owned(),
        Takes::Boolean if is_one_of(OFF) => "off".to_owned(),
        Takes::Boolean => {
            return Err(Error::new("22023", format!("parameter \"{}\" requires a Boolean value", setting.name)));
        }
        Takes::Time => shown(milliseconds(trimmed).ok_or_else(|| {
            invalid().with_hint("Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".")
        })?),
        Takes::Limit if trimmed.eq_ignore_ascii_case(UNLIMITED) => UNLIMITED.to_owned(),
        Takes::Limit => match trimmed.parse::<i64>() {
            Ok(limit) if limit >= 0 => limit.to_string(),
            _ => return Err(invalid().with_hint("Give the largest number of rows, or unlimited.")),
        },
        Takes::Integer(low, high) => match trimmed.parse::<i64>() {
            Ok(number) if (low..=high).contains(&number) => number.to_string(),
            Ok(number) => {
                let range = format!("({low} .. {high})");
                let message = format!("{number} is outside the valid range for parameter \"{}\" {range}", setting.name);
                return Err(Error::new("22023", message));
            }
            Err(_) => return Err(invalid()),
        },
    };
    Ok((setting.name.to_lowercase(), kept))
}

/// The names of a list, folded to lower case unless they are in quotes; none in an empty one. `None` if it is no such list.
fn listed(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_name(quoted)?,
            None => {
                let end = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
                (rest[..end].to_lowercase(), &rest[end..])
            }
        };
        // What is in quotes may be empty: a schema that there is not.
        if name.is_empty() && !rest.starts_with('"') {
            return None;
        }
        names.push(name);
        match after.trim_start() {
            "" => return Some(names),
            more => rest = more.strip_prefix(',')?.trim_start(),
        }
    }
}

/// A name up to the quote that ends it, and what comes after.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

/// Milliseconds of `5s`, `1.5min` or a bare number, which are milliseconds. What is less than one is one, for none is no limit.
fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim() {
        "us" => 0.001,
        "" | "ms" => 1.0,
        "s" => 1000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    let time = (number * factor).round_ties_even();
    let time = if number > 0.0 { time.max(1.0) } else { time };
    (time <= f64::from(i32::MAX)).then_some(time as u64)
}

/// A length of time in the largest unit that has it whole, as PostgreSQL shows it.
fn shown(milliseconds: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000)];
    match units.into_iter().find(|(_, factor)| milliseconds > 0 && milliseconds.is_multiple_of(*factor)) {
        Some((unit, factor)) => format!("{}{unit}", milliseconds / factor),
        None if milliseconds == 0 => "0".to_owned(),
        None => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, SessionSettings};

    #[test]
    fn what_is_set_locally_ends_with_the_transaction() {
        let settings = SessionSettings::default();
        settings.set("statement_timeout", "90000", Holds::Session).expect("a time");
        settings.set("STATEMENT_TIMEOUT", "5s", Holds::Transaction).expect("a time");
        assert_eq!(settings.get("statement_timeout").as_deref(), Some("5s"));
        settings.end_local();
        assert_eq!(settings.get("statement_timeout").as_deref(), Some("90s"));
        settings.reset("statement_timeout").expect("it exists");
        assert_eq!(settings.time("statement_timeout"), None);
        for (text, expected) in [("1.5min", "90s"), ("0.3s", "300ms"), ("1.4", "1ms"), ("100us", "1ms"), ("0.0", "0")] {
            settings.set("statement_timeout", text, Holds::Session).expect("a time");
            assert_eq!(settings.get("statement_timeout").as_deref(), Some(expected), "{text}");
        }
        for wrong in [".", "1..5s", "-1", "1e3", "25d", "s"] {
            assert!(settings.set("statement_timeout", wrong, Holds::Session).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_level_of_a_transaction_is_told_until_it_ends() {
        let settings = SessionSettings::default();
        let level = || settings.get("TRANSACTION_ISOLATION");
        settings.set("default_transaction_isolation", "read committed", Holds::Session).expect("a level");
        let (kept, changes) = (settings.keep(), settings.changes());
        settings.begin(Some("read uncommitted"));
        assert_eq!(level().as_deref(), Some("read uncommitted"));
        settings.set("transaction_isolation", "Repeatable Read", Holds::Session).expect("a level");
        assert_eq!(level().as_deref(), Some("repeatable read"));
        settings.end_local();
        assert_eq!(level().as_deref(), Some("read committed"));
        settings.begin(Some("read uncommitted"));
        settings.put_back(kept);
        assert_eq!(level().as_deref(), Some("read committed"));
        assert_eq!(settings.changes(), changes, "no statement depends on the level");
        let refused = settings.set("transaction_isolation", "serializable", Holds::Session).expect_err("refused");
        assert_eq!(refused.sqlstate, "0A000");
    }

    #[test]
    fn the_search_path_is_a_list_of_names() {
        let settings = SessionSettings::default();
        settings.start_as("ann");
        assert_eq!(settings.search_path(), ["ann", "public"]);
        let path = |text: &str| {
            settings.set("search_path", text, Holds::Session)?;
            assert_eq!(settings.get("search_path").as_deref(), Some(text), "it is shown as it was told");
            Ok::<_, crate::error::Error>(settings.search_path().join("|"))
        };
        assert_eq!(path(" A ,b,\"C \"\"d, e\" ").expect("a list"), "a|b|C \"d, e");
        assert_eq!((path("").expect("a list"), path("\"\"").expect("a list")), (String::new(), String::new()));
        for wrong in ["a, , b", "a b", "\"a", ",", "a,", "a \"b\""] {
            let refused = path(wrong).expect_err("no list");
            assert_eq!(
                (refused.sqlstate.as_ref(), refused.detail.as_deref()),
                ("22023", Some("List syntax is invalid."))
            );
        }
        settings.reset("search_path").expect("it exists");
        settings.set("search_path", "a", Holds::Session).expect("a list");
        settings.reset_locally("search_path").expect("it exists");
        assert_eq!(settings.search_path(), ["ann", "public"]);
        settings.end_local();
        assert_eq!(settings.search_path(), ["a"]);
    }

    #[test]
    fn what_is_always_so_can_only_be_asked_for() {
        let settings = SessionSettings::default();
        settings.set("timezone", "Etc/UTC", Holds::Session).expect("it is UTC");
        assert_eq!(settings.get("TimeZone").as_deref(), Some("UTC"));
        let refused = |name, value| settings.set(name, value, Holds::Session).expect_err("refused").sqlstate.clone();
        assert_eq!(refused("timezone", "Europe/Berlin"), "0A000");
        assert_eq!(refused("server_version", "9"), "55P02");
        assert_eq!(refused("statement_timeout", "soon"), "22023");
        assert_eq!(refused("work_memory", "1"), "42704");
        settings.set("my.own", "1", Holds::Session).expect("a program's own");
        assert_eq!(settings.get("my.own").as_deref(), Some("1"));
    }
}
