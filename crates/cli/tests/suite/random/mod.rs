//! The random differential test: random schemas and transactions must end alike in bowline and in PostgreSQL.
//!
//! ```text
//!   seed ─▶ generator ─▶ statement ─▶ player ─▶ bowline     ─┐
//!               ▲                            ─▶ PostgreSQL   ├─▶ equal?  no ─▶ excuse: which listed class?
//!               └──── catalog as it is now ──────────────────┘                   none ─▶ shrink, print, fail
//! ```
//!
//! `BOWLINE_STATEMENTS` sets how many statements are run, `BOWLINE_SEED` the seed of the first case; each case prints the
//! next seed. `BOWLINE_EXCUSED` has every case printed that meets an accepted difference. Half of the cases have schemas in which no two referential actions meet.

mod ddl;
mod dml;
mod engines;
mod excuse;
mod generator;
mod merging;
mod modes;
mod numbers;
mod oracle;
mod player;
mod psql;
mod schema;
mod shrink;
mod statement;
mod twice;
mod values;
mod within;

#[path = "../../../../core/tests/properties/case.rs"]
#[expect(dead_code, reason = "the property tests also print and permute cases")]
mod case;
#[path = "../../../../core/tests/properties/model.rs"]
#[expect(dead_code, reason = "the property tests also judge everything")]
mod model;
#[path = "../../../../core/tests/properties/outcome.rs"]
#[expect(dead_code, reason = "the property tests also compare what is told about an outcome")]
mod outcome;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::time::Instant;

use crate::postgres::Server;
use excuse::Class;
use generator::Generator;
use player::{Difference, Player};
use psql::Psql;
use schema::{Dialect, Shape};
use statement::Statement;

/// Statements run when nothing else is asked for.
const STATEMENTS: u64 = 1500;

/// How many unexplained differences are made small and told.
const TOLD_MAX: usize = 12;

/// What was run, for the summary.
#[derive(Default)]
struct Tally {
    cases: u64,
    statements: u64,
    refused: u64,
    /// How many were prepared and then evaluated in place.
    in_place: u64,
    /// By kind of statement: how many, and how many of them were refused.
    kinds: BTreeMap<&'static str, (u64, u64)>,
    sqlstates: BTreeMap<String, u64>,
    excused: BTreeMap<(bool, Class), u64>,
}

#[test]
fn random_statements_end_as_on_postgresql() {
    let Some(server) = Server::start() else {
        eprintln!("skipped: no PostgreSQL found");
        return;
    };
    let first = number("BOWLINE_SEED").unwrap_or(1);
    let wanted = number("BOWLINE_STATEMENTS").unwrap_or(STATEMENTS);
    let dialect = Dialect {
        version: server.version,
        defers: true,
        lists: true,
        alters_constraints: true,
        alters_types: true,
        merges: true,
        writes_within: true,
    };
    let mut postgres = Psql::open(&server, "random");
    let mut tally = Tally::default();
    let (mut told, mut known) = (Vec::new(), BTreeSet::new());
    let started = Instant::now();
    let mut seed = first;
    while tally.statements < wanted && told.len() < TOLD_MAX {
        if let Some((statements, difference)) = run_case(&mut postgres, seed, dialect, &mut tally) {
            // One fault shows in many cases; the same kind of statement with the same two endings is told once.
            let kind = statements.last().map(|statement| statement.kind);
            if known.insert((kind, difference.signature())) {
                let (statements, difference) = shrink::shrink(&mut postgres, statements, difference);
                told.push(report(seed, &statements, &difference));
            }
        }
        seed += 1;
    }
    eprintln!("{}", summary(&tally, server.version, first, seed - 1, started.elapsed().as_secs_f64()));
    assert!(told.is_empty(), "{} differences\n\n{}", told.len(), told.join("\n"));
}

/// Runs one case to its end, or to the first difference that nothing excuses; returns that with what led to it.
fn run_case(
    postgres: &mut Psql,
    seed: u64,
    dialect: Dialect,
    tally: &mut Tally,
) -> Option<(Vec<Statement>, Difference)> {
    let shape = if seed.is_multiple_of(2) { Shape::Forest } else { Shape::Tangle };
    let mut generator = Generator::new(seed, shape, dialect);
    let mut player = Player::new(postgres);
    let mut played = Vec::new();
    let tells_all = env::var_os("BOWLINE_EXCUSED").is_some();
    tally.cases += 1;
    while let Some(statement) = generator.next(&player.bowline.snapshot(), player.bowline.status()) {
        let in_place = player.bowline.in_place();
        let (ending, difference) = player.play(&statement.text());
        tally.in_place += player.bowline.in_place() - in_place;
        tally.count(&statement, &ending.sqlstate);
        played.push(statement);
        let Some(difference) = difference else { continue };
        let Some(class) = excuse::explain(&mut player, &difference) else {
            return Some((played, difference));
        };
        *tally.excused.entry((shape == Shape::Forest, class)).or_default() += 1;
        match class {
            Class::ByTheModel(_) => {
                eprintln!("by the model, {}", report(seed, &played[played.len() - 1..], &difference))
            }
            Class::NeverEnds => eprintln!("PostgreSQL does not end, {}", report(seed, &played, &difference)),
            _ if tells_all => eprintln!("{class:?}, {}", report(seed, &played, &difference)),
            _ => {}
        }
        if !excuse::go_on(&mut player, &difference) {
            return None;
        }
    }
    None
}

impl Tally {
    fn count(&mut self, statement: &Statement, sqlstate: &str) {
        let refused = u64::from(sqlstate != "00000");
        self.statements += 1;
        self.refused += refused;
        let of_kind = self.kinds.entry(statement.kind).or_default();
        of_kind.0 += 1;
        of_kind.1 += refused;
        *self.sqlstates.entry(sqlstate.to_owned()).or_default() += 1;
    }
}

fn summary(tally: &Tally, version: u32, first: u64, last: u64, seconds: f64) -> String {
    let Tally { cases, statements, refused, in_place, .. } = tally;
    let mut text = format!(
        "{statements} random statements compared with PostgreSQL {version} in {seconds:.0} s: {cases} cases, \
         seeds {first} to {last}, {refused} statements refused, {in_place} evaluated in place\n"
    );
    for (kind, (count, refused)) in &tally.kinds {
        writeln!(text, "  {kind}: {count}, refused {refused}").expect("writing to a String succeeds");
    }
    let sqlstates: Vec<_> = tally.sqlstates.iter().map(|(sqlstate, count)| format!("{sqlstate}: {count}")).collect();
    writeln!(text, "  SQLSTATEs {}", sqlstates.join(", ")).expect("writing to a String succeeds");
    for ((is_forest, class), count) in &tally.excused {
        let shape = if *is_forest { "in a forest" } else { "in a tangle" };
        writeln!(text, "  excused {shape}: {class:?} {count}").expect("writing to a String succeeds");
    }
    text
}

/// The case as a script, and what each engine says about its last statement.
fn report(seed: u64, statements: &[Statement], difference: &Difference) -> String {
    let mut text = format!("seed {seed}\n");
    for statement in statements {
        writeln!(text, "    {};", statement.text()).expect("writing to a String succeeds");
    }
    let Difference { ours, theirs, our_contents, their_contents, unsound, .. } = difference;
    writeln!(text, "  bowline: {}\n  PostgreSQL: {}", ours.shown(), theirs.shown()).expect("writing succeeds");
    if let (Some(ours), Some(theirs)) = (our_contents, their_contents) {
        for ((table, ours), (_, theirs)) in ours.iter().zip(theirs).filter(|(ours, theirs)| ours != theirs) {
            writeln!(text, "  {table}: bowline has {ours:?}\n    PostgreSQL has {theirs:?}").expect("writing succeeds");
        }
    }
    if let Some(constraint) = unsound {
        writeln!(text, "  the full check finds rows that break {constraint}").expect("writing succeeds");
    }
    text
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}
