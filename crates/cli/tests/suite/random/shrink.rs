//! Makes a case smaller while it shows the same difference: fewer statements first, then fewer parts of each.

use std::time::{Duration, Instant};

use super::excuse;
use super::player::{Difference, Player};
use super::psql::Psql;
use super::statement::Statement;

const SECONDS_MAX: u64 = 60;

/// The smallest case found, and its difference.
pub(super) fn shrink(
    postgres: &mut Psql,
    statements: Vec<Statement>,
    difference: Difference,
) -> (Vec<Statement>, Difference) {
    let started = Instant::now();
    let in_time = || started.elapsed() < Duration::from_secs(SECONDS_MAX);
    let signature = difference.signature();
    let mut best = (statements, difference);
    let mut again = true;
    while again && in_time() {
        again = false;
        let mut chunk = best.0.len().next_power_of_two() / 2;
        while chunk > 0 && in_time() {
            let mut start = 0;
            while start < best.0.len() && in_time() {
                let end = (start + chunk).min(best.0.len());
                let mut fewer = best.0.clone();
                fewer.drain(start..end);
                match shows(postgres, fewer).filter(|found| found.1.signature() == signature) {
                    Some(found) => (best, again) = (found, true),
                    None => start = end,
                }
            }
            chunk /= 2;
        }
        let mut position = 0;
        while position < best.0.len() && in_time() {
            let smaller = best.0[position].smaller().into_iter().find_map(|smaller| {
                let mut statements = best.0.clone();
                statements[position] = smaller;
                shows(postgres, statements).filter(|found| found.1.signature() == signature)
            });
            match smaller {
                Some(found) => (best, again) = (found, true),
                None => position += 1,
            }
        }
    }
    best
}

/// Plays the statements until a difference that nothing excuses; returns what was played and it.
pub(super) fn shows(postgres: &mut Psql, statements: Vec<Statement>) -> Option<(Vec<Statement>, Difference)> {
    let mut player = Player::new(postgres);
    for (position, statement) in statements.iter().enumerate() {
        let (_, difference) = player.play(&statement.text());
        let Some(difference) = difference else { continue };
        match excuse::explain(&mut player, &difference) {
            None => {
                let mut played = statements;
                played.truncate(position + 1);
                return Some((played, difference));
            }
            Some(_) => {
                if !excuse::go_on(&mut player, &difference) {
                    return None;
                }
            }
        }
    }
    None
}
