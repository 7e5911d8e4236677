//! EXPLAIN: of a write the trace of what it would do, of a query its plan. Nothing is changed.
//!
//! ```text
//! delete from customer                             1 row
//! ├─ orders         fk_order_customer   on delete cascade    3 rows deleted
//! │  └─ order_item  fk_item_order       on delete cascade   12 rows deleted
//! └─ invoice        fk_invoice_customer on delete restrict  blocked by 1 row: invoice_id = 9
//! refused: 1 constraint blocks this delete
//! ```
//!
//! What violates a deferred constraint as things are does not refuse the write: a line says that commit will judge it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::ConstraintId;
use bowline_core::integrity::{CloseError, NodeId, Trace, Violation, check_deferred, close};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::ast::{AnalyzeFormat, AnalyzeFormatKind, Expr, Statement, UtilityOption};
use serde_json::{Value, json};

use super::guard::{Exceeded, exceeded};
use super::scope::{Done, Scope};
use super::trace_tree::{Titles, TraceTree, noun, own_rows, plural, titles};
use super::{repair, write};
use crate::display;
use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};
use crate::query::View;
use crate::runtime::block_on;

/// What would happen: the trace, and the violations if it would be refused.
struct Foreseen {
    /// What the statement is called in messages.
    noun: &'static str,
    titles: Titles,
    trace: Trace,
    violations: Vec<Violation>,
    /// What happens to rows that go.
    gone: &'static str,
    /// Keys whose rule a repair replaces.
    chain: BTreeSet<ConstraintId>,
    /// Violations of deferred constraints, which commit will judge.
    deferred: Vec<Violation>,
    /// More rows than the session allows its actions to touch.
    exceeded: Option<Exceeded>,
}

/// Runs EXPLAIN.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::Explain { analyze, verbose, query_plan, estimate, statement, format, options, .. } = statement
    else {
        unreachable!("the caller matched it")
    };
    if analyze || verbose || query_plan || estimate {
        return Err(Error::unsupported(
            "EXPLAIN ANALYZE and VERBOSE are not supported",
            "EXPLAIN of an INSERT, UPDATE, DELETE or MERGE shows exactly what it would do.",
        ));
    }
    let as_json = wants_json(format, options.as_deref().unwrap_or_default())?;
    let lines = match *statement {
        statement if is_write(&statement) => {
            let sequences = scope.sequences;
            let foreseen = sequences.foresee(|| foresee(scope, statement))?;
            match as_json {
                true => vec![serde_json::to_string_pretty(&foreseen.json()).expect("a JSON value can be written")],
                false => foreseen.lines(),
            }
        }
        query @ Statement::Query(_) => {
            let view = View { snapshot: scope.snapshot.clone(), extra: Vec::new() };
            let text = block_on(scope.queries.explain(&view, query, scope.parameters))?;
            match as_json {
                true => {
                    vec![serde_json::to_string_pretty(&json!({ "plan": text })).expect("a JSON value can be written")]
                }
                false => text.lines().map(str::to_owned).collect(),
            }
        }
        _ => {
            return Err(Error::unsupported(
                "EXPLAIN of this statement is not supported",
                "EXPLAIN a SELECT, INSERT, UPDATE, DELETE, MERGE or CALL.",
            ));
        }
    };
    let schema = Arc::new(Schema::new(vec![Field::new("QUERY PLAN", DataType::Utf8, false)]));
    let array: ArrayRef = Arc::new(StringArray::from(lines));
    let batches = vec![RecordBatch::try_new(schema.clone(), vec![array])?];
    let mut outcome = Outcome::selected(ResultSet { schema, batches });
    outcome.tag = "EXPLAIN".to_owned();
    Ok(Done::unchanged(outcome))
}

fn wants_json(format: Option<AnalyzeFormatKind>, options: &[UtilityOption]) -> Result<bool, Error> {
    let refused = |what: &str| {
        Error::unsupported(
            format!("EXPLAIN option {what} is not supported"),
            "There is (FORMAT TEXT) and (FORMAT JSON).",
        )
    };
    if let Some(AnalyzeFormatKind::Keyword(format) | AnalyzeFormatKind::Assignment(format)) = format {
        return match format {
            AnalyzeFormat::TEXT => Ok(false),
            AnalyzeFormat::JSON => Ok(true),
            other => Err(refused(&format!("FORMAT {other}"))),
        };
    }
    let mut json = false;
    for option in options {
        let argument = option.arg.as_ref().map(|argument| match argument {
            Expr::Identifier(word) => word.value.to_lowercase(),
            other => other.to_string().to_lowercase(),
        });
        match (option.name.value.to_lowercase().as_str(), argument.as_deref()) {
            ("format", Some("json")) => json = true,
            ("format", Some("text")) => json = false,
            (name, _) => return Err(refused(&name.to_uppercase())),
        }
    }
    Ok(json)
}

fn is_write(statement: &Statement) -> bool {
    match statement {
        Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Merge(_)
        | Statement::Call(_) => true,
        Statement::Query(query) => write::writes(query),
        _ => false,
    }
}

fn foresee(scope: &mut Scope, statement: Statement) -> Result<Foreseen, Error> {
    if let Statement::Call(call) = &statement {
        let repair::ForeseenRepair { title, gone, trace, violations, chain } = repair::foresee(scope, call)?;
        let titles = vec![(None, title)];
        let exceeded = exceeded(scope, || trace.cascaded_rows()).filter(|_| violations.is_empty());
        return Ok(Foreseen { noun: "repair", titles, trace, violations, deferred: Vec::new(), gone, chain, exceeded });
    }
    let written = write::plan(scope, statement)?;
    let (titles, noun) = (titles(scope.catalog(), &written.deeds), noun(&written.deeds));
    let mut deferred = Vec::new();
    let (trace, violations) = match close(&scope.snapshot, written.delta, scope.modes, &scope.expressions()) {
        Ok(closed) => {
            let (before, after) = (&scope.snapshot, &closed.after);
            deferred = check_deferred(before, after, &closed.delta, &closed.put_off, &scope.expressions())?;
            (closed.trace, Vec::new())
        }
        Err(CloseError::Refused(refused)) => (refused.trace, refused.violations),
        Err(CloseError::Rows(error)) => return Err(error.into()),
    };
    // What is refused anyway is not refused by the limit.
    let exceeded = exceeded(scope, || trace.cascaded_rows()).filter(|_| violations.is_empty());
    Ok(Foreseen { noun, titles, trace, violations, deferred, gone: "deleted", chain: BTreeSet::new(), exceeded })
}

impl Foreseen {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.tree().lines();
        lines.extend(self.refusals());
        lines
    }

    fn tree(&self) -> TraceTree<'_> {
        TraceTree { titles: &self.titles, trace: &self.trace, gone: self.gone, chain: &self.chain }
    }

    fn refusals(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let blocking = self.trace.blocking_constraints();
        if blocking > 0 {
            let (constraints, block) = if blocking == 1 { ("constraint", "blocks") } else { ("constraints", "block") };
            lines.push(format!("refused: {blocking} {constraints} {block} this {}", self.noun));
        }
        let others = self.violations.iter().filter(|violation| !is_blocking(violation));
        lines.extend(others.map(|violation| format!("refused: {}", violation.headline())));
        lines.extend(self.exceeded.map(|exceeded| format!("refused: {}", exceeded.headline(self.noun))));
        let deferred = self.deferred.iter().map(|violation| {
            let rows = plural("row", violation.row_count);
            format!("deferred until commit: {}, {} {rows}", violation.headline(), violation.row_count)
        });
        lines.extend(deferred);
        lines
    }

    fn json(&self) -> Value {
        let roots: Vec<Value> = self
            .trace
            .children(None)
            .into_iter()
            .map(|id| {
                let node = self.trace.node(id);
                json!({
                    "statement": self.tree().title(node),
                    "table": node.table.relation_name().to_string(),
                    "rows": own_rows(node),
                    "reached": self.json_below(id),
                })
            })
            .collect();
        let told = |violations: &[Violation]| -> Vec<Value> {
            let value = |violation: &Violation| {
                json!({
                    "sqlstate": violation.sqlstate(),
                    "constraint": violation.constraint(),
                    "message": violation.headline(),
                    "detail": violation.detail(&display::text_of),
                    "rows": violation.row_count,
                })
            };
            violations.iter().map(value).collect()
        };
        json!({
            "changes": roots,
            "cascaded_rows": self.trace.cascaded_rows(),
            "refused": !self.violations.is_empty() || self.exceeded.is_some(),
            "exceeds_max_cascaded_rows": self.exceeded.is_some(),
            "violations": told(&self.violations),
            "deferred": told(&self.deferred),
        })
    }

    fn json_below(&self, parent: NodeId) -> Vec<Value> {
        let children = self.trace.children(Some(parent)).into_iter();
        let value = |id: NodeId| {
            let node = self.trace.node(id);
            let (fk, event) = node.through.as_ref().expect("a node below another was reached by a constraint");
            let first: serde_json::Map<String, Value> = node
                .blocking_row
                .iter()
                .map(|(name, value)| (name.clone(), json!(display::text(value.as_ref(), 0))))
                .collect();
            json!({
                "table": node.table.relation_name().to_string(),
                "constraint": fk.name,
                "event": event.to_string(),
                "action": if self.chain.contains(&fk.id) { "REPAIR".to_owned() } else { fk.rule(*event).action.to_string() },
                "rounds": node.rounds,
                "rows_deleted": node.deleted,
                "rows_updated": node.updated,
                "rows_blocking": node.blocking,
                "first_blocking_row": if first.is_empty() { Value::Null } else { Value::Object(first) },
                "reached": self.json_below(id),
            })
        };
        children.map(value).collect()
    }
}

fn is_blocking(violation: &Violation) -> bool {
    matches!(violation.kind, bowline_core::integrity::ViolationKind::StillReferenced(..))
}
