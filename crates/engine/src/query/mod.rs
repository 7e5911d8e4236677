//! Queries: SELECT over a snapshot through DataFusion, in PostgreSQL's dialect and words.
//!
//! ```text
//!   Statement ─▶ rewrite (what DataFusion calls otherwise) ─▶ names ─▶ LogicalPlan ─▶ physical plan ─▶ batches
//!                                                               │                         │
//!                                              tables, views, system tables        scan: segments, key lookups
//! ```
//!
//! Invariant: DataFusion is met here and nowhere below; a query sees one snapshot and changes nothing but sequences.

mod engine;
mod generic;
mod parameters;
mod planning;
mod prepare;
mod runnable;

mod among_timestamps;
mod argument_types;
mod boolean_literals;
mod checked_functions;
mod coalesce;
mod distinct;
mod exact;
mod frames;
mod names;
mod numeric_casts;
mod numeric_lists;
mod numerics;
mod object_names;
mod other_forms;
mod output_names;
mod padded_text;
mod pg_syntax;
mod posix_patterns;
mod rewrite;
mod row_comparison;
mod row_expression;
mod row_functions;
mod row_subquery;
mod same_names;
mod similar_to;
mod sort_keys;
mod stars;
mod text_casts;
mod ties;
mod tree;
mod whole_numbers;

mod cooperative;
mod dates;
mod decorrelate;
mod empty_subquery;
mod join_keys;
mod late_join;
mod lookup;
mod made;
mod never_true;
mod scan;
mod scan_stream;
mod series;
mod summaries;
mod table_source;
mod tableoid;
mod told;

mod advisory_functions;
mod assignment;
mod expression;
mod functions;
mod interval_text;
mod intervals;
mod json;
mod json_containment;
mod json_path;
mod library;
mod literal;
mod system;
mod types;
mod using;
mod value_errors;
mod view;
mod virtual_columns;
mod with_clause;

mod errors;
mod nearest;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use advisory_functions::is_advisory;
pub(crate) use assignment::assign;
pub(crate) use engine::{QueryEngine, row_relation};
pub(crate) use errors::{error, type_words};
pub(crate) use functions::{SequenceAccess, SequenceName};
pub(crate) use generic::InPlace;
pub use generic::PlanCounts;
pub(crate) use literal::parse as parse_texts;
pub(crate) use names::is_aggregate;
pub(crate) use nearest::nearest;
pub(crate) use output_names::of_expression as output_name;
pub(crate) use parameters::{parameter, parameter_count};
pub(crate) use summaries::summarizes;
pub(crate) use system::has as is_system_relation_of;
pub(crate) use system::pg_catalog::has as is_system_relation;
pub(crate) use system::pg_catalog::quoted as quoted_name;
pub(crate) use table_source::table_schema;
pub(crate) use ties::MARK as WITH_TIES;
pub(crate) use types::{field_of_type, serial_type, sql_type};
pub(crate) use view::{StatementTable, View};
