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

use bowline_core::catalog::{ConstraintId, Event, ForeignKey};
use bowline_core::integrity::repair::RepairMethod;
use bowline_core::integrity::{CloseError, NodeId, Trace, TraceNode, Violation, check_deferred, close};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::ast::{
    AnalyzeFormat, AnalyzeFormatKind, Delete, Expr, FromTable, Insert, Statement, TableFactor, TableObject,
    UtilityOption,
};
use serde_json::{Value, json};

use super::scope::{Done, Scope};
use super::{names, repair, write};
use crate::display;
use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};
use crate::query::View;
use crate::runtime::block_on;

/// What would happen: the trace, and the violations if it would be refused.
struct Foreseen {
    /// `delete`, `update`, `insert` or `repair`.
    noun: &'static str,
    /// `delete from customer`, and the like.
    title: String,
    trace: Trace,
    violations: Vec<Violation>,
    /// What happens to rows that go.
    gone: &'static str,
    /// Keys whose rule a repair replaces.
    chain: BTreeSet<ConstraintId>,
    /// Violations of deferred constraints, which commit will judge.
    deferred: Vec<Violation>,
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
            "EXPLAIN of an INSERT, UPDATE or DELETE shows exactly what it would do.",
        ));
    }
    let as_json = wants_json(format, options.as_deref().unwrap_or_default())?;
    let lines = match *statement {
        statement @ (Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Call(_)) => {
            let foreseen = foresee(scope, statement)?;
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
                "EXPLAIN a SELECT, INSERT, UPDATE, DELETE or CALL.",
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

fn foresee(scope: &mut Scope, statement: Statement) -> Result<Foreseen, Error> {
    if let Statement::Call(call) = &statement {
        let repair::ForeseenRepair { title, method, trace, violations, chain } = repair::foresee(scope, call)?;
        let gone = if method == RepairMethod::Quarantine { "quarantined" } else { "deleted" };
        return Ok(Foreseen { noun: "repair", title, trace, violations, deferred: Vec::new(), gone, chain });
    }
    let title = title(&statement);
    let planned = write::plan(scope, statement)?;
    let noun = match planned.verb {
        "DELETE" => "delete",
        "UPDATE" => "update",
        _ => "insert",
    };
    let mut deferred = Vec::new();
    let (trace, violations) = match close(&scope.snapshot, planned.delta, scope.modes, &scope.expressions()) {
        Ok(closed) => {
            let (before, after) = (&scope.snapshot, &closed.after);
            deferred = check_deferred(before, after, &closed.delta, &closed.put_off, &scope.expressions())?;
            (closed.trace, Vec::new())
        }
        Err(CloseError::Refused(refused)) => (refused.trace, refused.violations),
        Err(CloseError::Rows(error)) => return Err(error.into()),
    };
    Ok(Foreseen { noun, title, trace, violations, deferred, gone: "deleted", chain: BTreeSet::new() })
}

/// What a write does to which table.
fn title(statement: &Statement) -> String {
    let factor = |relation: &TableFactor| match relation {
        TableFactor::Table { name, .. } => Some(name.clone()),
        _ => None,
    };
    let (verb, name) = match statement {
        Statement::Insert(Insert { table: TableObject::TableName(name), .. }) => ("insert into", Some(name.clone())),
        Statement::Update(update) => ("update", factor(&update.table.relation)),
        Statement::Delete(Delete {
            from: FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from), ..
        }) => ("delete from", from.first().and_then(|from| factor(&from.relation))),
        _ => ("write", None),
    };
    match name.and_then(|name| names::relation_name(&name).ok()) {
        Some(name) => format!("{verb} {name}"),
        None => verb.to_owned(),
    }
}

/// A line of the tree, before its columns are aligned.
struct Line {
    /// Branches and table.
    table: String,
    constraint: String,
    rule: String,
    count: Option<u64>,
    effect: String,
}

impl Foreseen {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for root in self.trace.children(None) {
            let node = self.trace.node(root);
            lines.push(Line {
                table: self.title.clone(),
                constraint: String::new(),
                rule: String::new(),
                count: Some(own_rows(node)),
                effect: plural("row", own_rows(node)).to_owned(),
            });
            self.branches(root, "", &mut lines);
        }
        if lines.is_empty() {
            return vec![format!("{}  0 rows", self.title)];
        }
        let mut texts = aligned(&lines);
        texts.extend(self.refusals());
        texts
    }

    fn branches(&self, parent: NodeId, indent: &str, lines: &mut Vec<Line>) {
        let children = self.trace.children(Some(parent));
        for (position, id) in children.iter().enumerate() {
            let node = self.trace.node(*id);
            let last = position + 1 == children.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (fk, event) = node.through.as_ref().expect("a node below another was reached by a constraint");
            let (count, effect) = self.effect(node);
            lines.push(Line {
                table: format!("{indent}{branch}{}", node.table.relation_name()),
                constraint: fk.name.clone(),
                rule: self.rule(fk, *event),
                count,
                effect,
            });
            self.branches(*id, &format!("{indent}{below}"), lines);
        }
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
                    "statement": self.title.clone(),
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
                    "detail": violation.detail(&display::text),
                    "rows": violation.row_count,
                })
            };
            violations.iter().map(value).collect()
        };
        json!({
            "changes": roots,
            "cascaded_rows": self.trace.cascaded_rows(),
            "refused": !self.violations.is_empty(),
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

    fn rule(&self, fk: &ForeignKey, event: Event) -> String {
        match self.chain.contains(&fk.id) {
            true => "repaired too".to_owned(),
            false => format!("on {event} {}", fk.rule(event).action.to_string().to_lowercase()),
        }
    }

    fn effect(&self, node: &TraceNode) -> (Option<u64>, String) {
        if node.blocking > 0 {
            let values = node.blocking_row.iter().map(|(name, value)| {
                format!("{name} = {}", display::text(value.as_ref(), 0).unwrap_or_else(|| "null".to_owned()))
            });
            let first = values.collect::<Vec<_>>().join(", ");
            let more = if node.blocking > 1 { ", ..." } else { "" };
            return (None, format!("blocked by {} {}: {first}{more}", node.blocking, plural("row", node.blocking)));
        }
        let (count, done) = if node.deleted > 0 { (node.deleted, self.gone) } else { (node.updated, "updated") };
        let rounds = if node.rounds > 1 { format!(" in {} rounds", node.rounds) } else { String::new() };
        (Some(count), format!("{} {done}{rounds}", plural("row", count)))
    }
}

fn is_blocking(violation: &Violation) -> bool {
    matches!(violation.kind, bowline_core::integrity::ViolationKind::StillReferenced(..))
}

fn own_rows(node: &TraceNode) -> u64 {
    node.inserted + node.updated + node.deleted
}

fn plural(noun: &'static str, count: u64) -> &'static str {
    match (noun, count) {
        ("row", 1) => "row",
        ("row", _) => "rows",
        (other, _) => other,
    }
}

/// Pads the columns; counts end in one line.
fn aligned(lines: &[Line]) -> Vec<String> {
    let width = |text: fn(&Line) -> &str| lines.iter().map(|line| text(line).chars().count()).max().unwrap_or(0);
    let (tables, constraints, rules) =
        (width(|line| &line.table), width(|line| &line.constraint), width(|line| &line.rule));
    let counts = lines.iter().filter_map(|line| line.count).map(|count| count.to_string().len()).max().unwrap_or(0);
    let text = |line: &Line| {
        let mut text = format!("{:tables$}", line.table);
        if constraints > 0 {
            text.push_str(&format!("  {:constraints$}  {:rules$}", line.constraint, line.rule));
        }
        match line.count {
            Some(count) => text.push_str(&format!("  {count:>counts$} {}", line.effect)),
            None => text.push_str(&format!("  {}", line.effect)),
        }
        text
    };
    lines.iter().map(text).collect()
}
