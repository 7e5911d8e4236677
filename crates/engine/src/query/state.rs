//! The configuration of DataFusion that all sessions share, built once: its functions and rules do not depend on the data.

use std::sync::{Arc, OnceLock};

use datafusion::config::Dialect;
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;

use super::cooperative::RestfulJoins;
use super::exact::ExactArithmetic;
use super::types::PostgresTypes;
use super::view::Fields;

/// Rows in one batch of a running query.
pub(super) const BATCH_ROWS: usize = 8192;

/// Functions, rules and options of every query.
pub(super) fn state() -> &'static SessionState {
    static STATE: OnceLock<SessionState> = OnceLock::new();
    STATE.get_or_init(|| {
        SessionStateBuilder::new()
            .with_config(config())
            .with_default_features()
            .with_analyzer_rule(Arc::new(ExactArithmetic))
            .with_physical_optimizer_rule(Arc::new(RestfulJoins))
            .with_type_planner(Arc::new(PostgresTypes(Fields::Typed)))
            .build()
    })
}

/// What running plans need of it; shared too, for making one copies all functions.
pub(super) fn task() -> Arc<TaskContext> {
    static TASK: OnceLock<Arc<TaskContext>> = OnceLock::new();
    TASK.get_or_init(|| state().task_ctx()).clone()
}

/// How many partitions a query is worked on in parallel.
pub(super) fn partitions() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_batch_size(BATCH_ROWS)
        .with_target_partitions(partitions())
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    options.sql_parser.dialect = Dialect::PostgreSQL;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.collect_spans = true;
    options.execution.time_zone = Some("UTC".to_owned());
    options.explain.logical_plan_only = false;
    config
}
