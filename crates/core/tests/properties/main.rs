//! Property tests of referential integrity over random schemas, rows and changes.
//!
//! `close` is held against a naive model, `check` against nested loops. A failing case is made small and printed with its
//! seed. `BOWLINE_CASES` sets how many cases are tried, `BOWLINE_SEED` where they start.

mod case;
mod checking;
mod closing;
mod database;
mod model;
mod random;
mod shrink;

use case::Case;
use random::{Random, Wanted};

/// Cases tried when nothing else is asked for.
const CASES: u64 = 400;

/// Tries `fails` on many cases. Panics with the seed and a small case if it tells a fault.
fn try_cases(wanted: Wanted, fails: impl Fn(&Case) -> Option<String>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("BOWLINE_SEED").unwrap_or(1);
    for seed in first..first.saturating_add(number("BOWLINE_CASES").unwrap_or(CASES)) {
        let case = random::case(&mut Random::new(seed), wanted);
        if fails(&case).is_some() {
            let (case, fault) = shrink::shrink(&case, &fails).expect("the case was seen to fail");
            panic!("seed {seed}: {fault}\n{case}");
        }
    }
}
