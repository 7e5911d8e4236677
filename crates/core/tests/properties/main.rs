//! Property tests of referential integrity over random schemas, rows and changes.
//!
//! `close` is held against a naive model, `check` against nested loops. A failing case is made small and printed with its
//! seed. `BOWLINE_CASES` sets how many cases are tried, `BOWLINE_SEED` where they start.

mod case;
mod checking;
mod closing;
mod database;
mod deferral;
mod found;
mod interrupting;
mod matching;
mod model;
mod outcome;
mod random;
mod repairing;
mod shrink;

use std::sync::OnceLock;

use case::Case;
use random::{Random, Wanted};

/// Cases tried when nothing else is asked for.
const CASES: u64 = 500;

/// Tries `fails` on many cases. Panics with the seed and a small case if it tells a fault.
fn try_cases(wanted: Wanted, fails: impl Fn(&Case) -> Option<String>) {
    let first = number("BOWLINE_SEED").unwrap_or(1);
    let count = number("BOWLINE_CASES").unwrap_or(CASES);
    static CHANGES: OnceLock<Vec<Case>> = OnceLock::new();
    static ANYTHING: OnceLock<Vec<Case>> = OnceLock::new();
    // Every property looks at the same cases; making them costs as much as trying them.
    let cases = if wanted == Wanted::Change { &CHANGES } else { &ANYTHING };
    let make = || (0..count).map(|n| random::case(&mut Random::new(first.wrapping_add(n)), wanted)).collect();
    for (n, case) in cases.get_or_init(make).iter().enumerate() {
        if fails(case).is_some() {
            let (case, fault) = shrink::shrink(case, &fails).expect("the case was seen to fail");
            panic!("seed {}: {fault}\n{case}", first.wrapping_add(n as u64));
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}
