//! What a statement does through which constraint, as the tree of lines that EXPLAIN prints and refusals quote.
//!
//! ```text
//! delete from customer                                 1 row
//! ├─ orders         fk_order_customer   on delete cascade    3 rows deleted
//! │  └─ order_item  fk_item_order       on delete cascade   12 rows deleted
//! └─ invoice        fk_invoice_customer on delete restrict  blocked by 1 row: invoice_id = 9
//! ```

use std::collections::BTreeSet;

use bowline_core::catalog::{Catalog, ConstraintId, Event, ForeignKey, TableId};
use bowline_core::integrity::{NodeId, Trace, TraceNode};

use crate::display;

/// What is done to which tables, as `delete from customer`; each table once. Without a table: to all of them.
pub(super) type Titles = Vec<(Option<TableId>, String)>;

/// A trace, and what its lines are called.
pub(super) struct TraceTree<'a> {
    pub titles: &'a Titles,
    pub trace: &'a Trace,
    /// What happens to rows that go.
    pub gone: &'static str,
    /// Keys whose rule a repair replaces.
    pub chain: &'a BTreeSet<ConstraintId>,
}

/// A line of the tree, before its columns are aligned.
pub(super) struct Line {
    /// Branches and table.
    pub table: String,
    pub constraint: String,
    pub rule: String,
    pub count: Option<u64>,
    pub effect: String,
}

/// What is done to each table: `delete from customer`, or `delete from, insert into customer` where two parts do.
pub(super) fn titles(catalog: &Catalog, deeds: &[(TableId, &'static str)]) -> Titles {
    let mut verbs: Vec<(TableId, Vec<&str>)> = Vec::new();
    for (table, verb) in deeds {
        match verbs.iter_mut().find(|(known, _)| known == table) {
            None => verbs.push((*table, vec![verb])),
            Some((_, verbs)) if verbs.contains(verb) => {}
            Some((_, verbs)) => verbs.push(verb),
        }
    }
    let title = |(table, verbs): (TableId, Vec<&str>)| {
        (Some(table), format!("{} {}", verbs.join(", "), catalog.table(table).relation_name()))
    };
    verbs.into_iter().map(title).collect()
}

/// What a statement that does this is called in messages.
pub(super) fn noun(deeds: &[(TableId, &'static str)]) -> &'static str {
    match deeds {
        [(_, "insert into")] => "insert",
        [(_, "update")] => "update",
        [(_, "delete from")] => "delete",
        [(_, "merge into")] => "merge",
        _ => "statement",
    }
}

impl TraceTree<'_> {
    /// The tree, a text for each line.
    pub fn lines(&self) -> Vec<String> {
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
        aligned(&lines)
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

    fn rule(&self, fk: &ForeignKey, event: Event) -> String {
        match self.chain.contains(&fk.id) {
            true => "repaired too".to_owned(),
            false => format!("on {event} {}", fk.rule(event).action.to_string().to_lowercase()),
        }
    }

    /// What the statement does to the table of a root.
    pub fn title(&self, root: &TraceNode) -> String {
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

/// The line of a table that the statement itself changes.
pub(super) fn root_line(table: String, count: u64, effect: String) -> Line {
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

pub(super) fn own_rows(node: &TraceNode) -> u64 {
    node.inserted + node.updated + node.deleted
}

pub(super) fn plural(noun: &'static str, count: u64) -> &'static str {
    match (noun, count) {
        ("row", 1) => "row",
        ("row", _) => "rows",
        (other, _) => other,
    }
}

/// Pads the columns; counts end in one line.
pub(super) fn aligned(lines: &[Line]) -> Vec<String> {
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
