//! What pg_catalog tells of the running program: its sessions and its settings.

use super::cell::Cell;
use super::objects::{DATABASE, Objects, ROLE};
use super::relations;

/// The number of this process, which stands for the backend's.
pub(super) fn backend() -> i64 {
    std::process::id().into()
}

/// The rows of pg_stat_activity: the session that asks.
pub(super) fn pg_stat_activity(objects: &Objects) -> Vec<Vec<Cell>> {
    let width = relations::pg_catalog().get("pg_stat_activity").map_or(0, |known| known.columns.len());
    let mut row = vec![Cell::Null; width];
    row[0] = DATABASE.into();
    row[1] = objects.settings.database().into();
    row[2] = backend().into();
    row[4] = ROLE.into();
    row[5] = objects.role().into();
    row[16] = "active".into();
    row[21] = "client backend".into();
    vec![row]
}

/// The rows of pg_settings.
pub(super) fn pg_settings(objects: &Objects) -> Vec<Vec<Cell>> {
    let width = relations::pg_catalog().get("pg_settings").map_or(0, |known| known.columns.len());
    let row = |(name, value): (String, String)| {
        let mut row = vec![Cell::Null; width];
        row[0] = name.into();
        row[1] = (&value).into();
        row[3] = "bowline".into();
        row[6] = "user".into();
        row[7] = "string".into();
        row[8] = "default".into();
        row[12] = (&value).into();
        row[13] = value.into();
        row[16] = false.into();
        row
    };
    objects.settings.all().into_iter().map(row).collect()
}

/// The rows of pg_timezone_names: times are shown in one zone.
pub(super) fn pg_timezone_names(_: &Objects) -> Vec<Vec<Cell>> {
    vec![vec!["UTC".into(), "UTC".into(), "00:00:00".into(), false.into()]]
}
