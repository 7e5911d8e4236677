//! The configuration of DataFusion that all sessions share, built once: its functions and rules do not depend on the data.

use std::sync::{Arc, OnceLock};

use datafusion::config::Dialect;
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::{Analyzer, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::SessionConfig;

use super::among_timestamps::AmongTimestamps;
use super::boolean_literals::BooleanLiterals;
use super::cooperative::RestfulJoins;
use super::dates::DatesWithIntervals;
use super::exact::ExactArithmetic;
use super::json_containment::JsonContainment;
use super::never_true::NeverTrue;
use super::numerics::NumericPlanner;
use super::planning::{Asked, AskedPhysical, NamedJoins};
use super::types::PostgresTypes;
use super::view::Fields;

/// Rows in one batch of a running query.
pub(super) const BATCH_ROWS: usize = 8192;

/// So many keys of a join are looked up; for more the table is read.
const JOIN_KEYS_MAX: usize = 1_000;

/// Functions, rules and options of every query.
pub(super) fn state() -> &'static SessionState {
    static STATE: OnceLock<SessionState> = OnceLock::new();
    STATE.get_or_init(|| made(config()))
}

/// Says of a state that what it plans is kept and run again.
pub(super) struct Lasting;

/// As [`state`], for plans that are kept.
pub(super) fn lasting() -> &'static SessionState {
    static STATE: OnceLock<SessionState> = OnceLock::new();
    STATE.get_or_init(|| {
        let mut config = config().with_extension(Arc::new(Lasting));
        // Such filters hold what one execution has found: each gets its own.
        config.options_mut().optimizer.enable_join_dynamic_filter_pushdown = false;
        // A scan is cut into partitions by the rows it has.
        config.options_mut().optimizer.enable_round_robin_repartition = false;
        made(config)
    })
}

fn made(config: SessionConfig) -> SessionState {
    let mut rules = Analyzer::new().rules;
    rules.insert(0, Arc::new(AmongTimestamps));
    rules.push(Arc::new(ExactArithmetic));
    let physical = PhysicalOptimizer::new().rules.into_iter().chain([Arc::new(RestfulJoins) as _]);
    let physical = physical.map(|rule| Arc::new(AskedPhysical(rule)) as Arc<dyn PhysicalOptimizerRule + Send + Sync>);
    SessionStateBuilder::new()
        .with_config(config)
        .with_expr_planners(vec![
            Arc::new(DatesWithIntervals),
            Arc::new(NumericPlanner),
            Arc::new(JsonContainment),
            Arc::new(BooleanLiterals),
        ])
        .with_default_features()
        .with_analyzer_rules(rules)
        .with_optimizer_rules(optimizer_rules())
        .with_physical_optimizer_rules(physical.collect())
        .with_type_planner(Arc::new(PostgresTypes(Fields::Typed)))
        .build()
}

/// DataFusion's, with ours in the place of one and after them.
fn optimizer_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let replaced = EliminateCrossJoin::new();
    let asked = |rule: Arc<dyn OptimizerRule + Send + Sync>| -> Arc<dyn OptimizerRule + Send + Sync> {
        match rule.name() == replaced.name() {
            true => Arc::new(Asked(Arc::new(NamedJoins::default()))),
            false => Arc::new(Asked(rule)),
        }
    };
    let ours: Arc<dyn OptimizerRule + Send + Sync> = Arc::new(NeverTrue);
    Optimizer::new().rules.into_iter().chain([ours]).map(asked).collect()
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
    // A scan takes the keys of a join, if they are few; nothing takes other such filters.
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    options.optimizer.hash_join_inlist_pushdown_max_distinct_values = JOIN_KEYS_MAX;
    options.execution.time_zone = Some("UTC".to_owned());
    options.explain.logical_plan_only = false;
    // Rows come out of a window function in its order, as PostgreSQL's do, where the query says none.
    options.optimizer.repartition_windows = false;
    config
}
