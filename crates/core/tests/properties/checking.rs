//! Properties of the full check.

use std::collections::BTreeSet;

use bowline_core::integrity::check::{FindingKind, check_snapshot};

use super::database::{Defaults, column_number, database, table_number};
use super::model;
use super::random::Wanted;
use super::try_cases;

/// Every violation in random rows is found, under every match type, and nothing else is.
#[test]
fn findings_equal_those_of_nested_loops() {
    try_cases(Wanted::Anything, |case| {
        let database = database(case);
        let findings = check_snapshot(&database.snapshot, &Defaults(case)).expect("rows in memory can be read");
        let number =
            |name: &str| name.trim_start_matches(char::is_alphabetic).parse::<usize>().expect("named by number");
        let found: BTreeSet<_> = findings
            .iter()
            .map(|finding| {
                let table = table_number(finding.table);
                let row = database.rows[table].iter().position(|row| *row == finding.row).expect("a living row");
                let (state, constraint) = match finding.kind {
                    FindingKind::NotNull => ("23502", column_number(finding.columns[0])),
                    FindingKind::CandidateKey => ("23505", number(&finding.constraint)),
                    FindingKind::Check => ("23514", 0),
                    FindingKind::ForeignKey => ("23503", number(&finding.constraint)),
                };
                (state, table, constraint, row)
            })
            .collect();
        let tables: Vec<_> = case.tables.iter().map(|table| table.rows.clone()).collect();
        let expected = model::violations(case, &tables);
        (found != expected || found.len() != findings.len())
            .then(|| format!("found {found:?}, nested loops find {expected:?}"))
    });
}
