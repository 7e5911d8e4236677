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

use bowline_core::catalog::{ConstraintId, Event, ForeignKey, TableId};
use bowline_core::integrity::repair::RepairMethod;
use bowline_core::integrity::{CloseError, NodeId, Trace, TraceNode, Violation, check_deferred, close};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::ast::{AnalyzeFormat, AnalyzeFormatKind, Expr, Statement, UtilityOption};
use serde_json::{Value, json};

use super::scope::{Done, Scope};
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
    /// What is done to which tables, as `delete from customer`; each table once. Without a table: to all of them.
    titles: Vec<(Option<TableId>, String)>,
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
        let repair::ForeseenRepair { title, method, trace, violations, chain } = repair::foresee(scope, call)?;
        let gone = if method == RepairMethod::Quarantine { "quarantined" } else { "deleted" };
        let titles = vec![(None, title)];
        return Ok(Foreseen { noun: "repair", titles, trace, violations, deferred: Vec::new(), gone, chain });
    }
    let written = write::plan(scope, statement)?;
    let titles = titles(scope, &written.deeds);
    let noun = match written.deeds.as_slice() {
        [(_, "insert into")] => "insert",
        [(_, "update")] => "update",
        [(_, "delete from")] => "delete",
        [(_, "merge into")] => "merge",
        _ => "statement",
    };
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
    Ok(Foreseen { noun, titles, trace, violations, deferred, gone: "deleted", chain: BTreeSet::new() })
}

/// What is done to each table: `delete from customer`, or `delete from, insert into customer` where two parts do.
fn titles(scope: &Scope, deeds: &[(TableId, &'static str)]) -> Vec<(Option<TableId>, String)> {
    let mut verbs: Vec<(TableId, Vec<&str>)> = Vec::new();
    for (table, verb) in deeds {
        match verbs.iter_mut().find(|(known, _)| known == table) {
            None => verbs.push((*table, vec![verb])),
            Some((_, verbs)) if verbs.contains(verb) => {}
            Some((_, verbs)) => verbs.push(verb),
        }
    }
    let title = |(table, verbs): (TableId, Vec<&str>)| {
        (Some(table), format!("{} {}", verbs.join(", "), scope.catalog().table(table).relation_name()))
    };
    verbs.into_iter().map(title).collect()
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
            lines.push(root_line(self.title(node), own_rows(node), own_effect(node)));
            self.branches(root, "", &mut lines);
        }
        let roots: Vec<_> = self.trace.children(None).into_iter().map(|id| self.trace.node(id).table.id).collect();
        let is_still = |table: &Option<TableId>| table.map_or(roots.is_empty(), |table| !roots.contains(&table));
        for (_, title) in self.titles.iter().filter(|(table, _)| is_still(table)) {
            lines.push(root_line(title.clone(), 0, "rows".to_owned()));
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
                    "statement": self.title(node),
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

    /// What the statement does to the table of a root.
    fn title(&self, root: &TraceNode) -> String {
        let title = self.titles.iter().find(|(table, _)| table.is_none_or(|table| table == root.table.id));
        title.expect("every table the statement changes was believed to be named by a part").1.clone()
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

/// The line of a table that the statement itself changes.
fn root_line(table: String, count: u64, effect: String) -> Line {
    Line { table, constraint: String::new(), rule: String::new(), count: Some(count), effect }
}

/// `rows`, and how many of them are changed in which way where there are several ways.
fn own_effect(node: &TraceNode) -> String {
    let ways = [(node.inserted, "inserted"), (node.updated, "updated"), (node.deleted, "deleted")];
    let ways: Vec<_> =
        ways.iter().filter(|(count, _)| *count > 0).map(|(count, way)| format!("{count} {way}")).collect();
    let rows = plural("row", own_rows(node));
    if ways.len() > 1 { format!("{rows}: {}", ways.join(", ")) } else { rows.to_owned() }
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
