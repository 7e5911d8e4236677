//! Errors of functions and clauses over single values, whose texts name no part of a query: PostgreSQL's words and SQLSTATEs for them.

use crate::error::Error;

/// What a text says of a value; `None` if it is about something else.
pub(super) fn recognised(text: &str) -> Option<Error> {
    if let Some(about) = text.split_once("regex parse error:").map(|(_, about)| about) {
        let fault = pattern_fault(about);
        if fault.contains("not supported") {
            return Some(Error::unsupported(
                format!("in a regular expression {fault}"),
                "Write the pattern without it.",
            ));
        }
        return Some(Error::new("2201B", format!("invalid regular expression: {fault}")));
    }
    let (_, sqlstate, message) = KNOWN.into_iter().find(|(part, ..)| text.contains(part))?;
    Some(Error::new(sqlstate, message))
}

/// What is found in a text, and the SQLSTATE and headline it stands for.
const KNOWN: [(&str, &str, &str); 6] = [
    ("cannot take square root of a negative number", "2201F", "cannot take square root of a negative number"),
    ("zero raised to a negative power is undefined", "2201F", "zero raised to a negative power is undefined"),
    ("negative substring length not allowed", "22011", "negative substring length not allowed"),
    ("negative count not allowed", "22011", "negative substring length not allowed"),
    ("LIMIT must be >= 0", "2201W", "LIMIT must not be negative"),
    ("OFFSET must be >=0", "2201X", "OFFSET must not be negative"),
];

/// What is wrong with a pattern, in the words of PostgreSQL's regular expressions where they have some.
fn pattern_fault(about: &str) -> &str {
    let fault = about.rsplit("error: ").next().unwrap_or(about).lines().next().unwrap_or_default().trim();
    match fault {
        "unclosed group" | "unopened group" => "parentheses () not balanced",
        "unclosed character class" => "brackets [] not balanced",
        "repetition operator missing expression" => "quantifier operand invalid",
        "invalid character class range, the start must be <= the end" => "invalid character range",
        "incomplete escape sequence, reached end of pattern prematurely" => "invalid escape \\ sequence",
        "unrecognized escape sequence" => "invalid escape \\ sequence",
        "unclosed counted repetition" => "braces {} not balanced",
        "invalid repetition count range, the start must be <= the end" => "invalid repetition count(s)",
        "repetition quantifier expects a valid decimal" => "invalid repetition count(s)",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::recognised;

    #[test]
    fn a_pattern_that_is_none_is_told_as_postgres_tells_it() {
        let text = "External error: regex parse error:\n    (\n    ^\nerror: unclosed group";
        let error = recognised(text).expect("it is known");
        assert_eq!(
            (error.sqlstate.as_str(), error.message.as_str()),
            ("2201B", "invalid regular expression: parentheses () not balanced")
        );
        assert!(recognised("something else").is_none());
    }
}
