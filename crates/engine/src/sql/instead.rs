//! What to do instead of a statement that there is not.

const NO_ROLES: &str = "There are no roles: whoever opens the database may do everything.";
const NO_DATABASES: &str = "A database is a directory: name another one when you open it.";
const OF_A_CONNECTION: &str =
    "It belongs to a connection: use it through bowline serve. Here, write the statement itself.";

/// The hint for a statement that begins with these words, in upper case.
pub(super) fn of(words: &str) -> &'static str {
    let (first, second) = words.split_once(' ').unwrap_or((words, ""));
    match (first, second) {
        ("CREATE" | "ALTER" | "DROP", "TYPE") => {
            "Use TEXT with a CHECK, or a table of the values and a foreign key to it."
        }
        ("CREATE" | "ALTER" | "DROP", "DOMAIN") => "Write the type and its CHECK where they are used.",
        ("CREATE" | "ALTER" | "DROP", "EXTENSION") => "Leave it out: what there is, is built in.",
        ("CREATE" | "ALTER" | "DROP", "ROLE" | "USER" | "GROUP" | "POLICY") | ("GRANT" | "REVOKE", _) => NO_ROLES,
        ("CREATE" | "ALTER" | "DROP", "DATABASE") => NO_DATABASES,
        ("CREATE" | "ALTER" | "DROP", "OPERATOR" | "SERVER" | "CONNECTOR" | "SECRET") => "Leave it out.",
        ("LISTEN" | "NOTIFY" | "UNLISTEN", _) => "Ask a table for what is new.",
        ("PREPARE" | "EXECUTE" | "DEALLOCATE" | "DECLARE" | "FETCH" | "CLOSE" | "DISCARD", _) => OF_A_CONNECTION,
        _ => "docs/sql.md lists the statements there are.",
    }
}
