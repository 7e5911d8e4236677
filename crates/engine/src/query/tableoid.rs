//! `tableoid` of pg_catalog's tables, written out as the OID that it is.
//!
//! ```text
//!   SELECT c.tableoid FROM pg_class c    ─▶    SELECT CASE WHEN "c"."oid" IS NOT NULL THEN CAST(1259 AS oid) END AS tableoid FROM pg_class c
//! ```
//!
//! So it is found when it is named, and is none of the columns that `*` and joins by name go through. The first column of these tables is
//! never NULL, hence tells the rows that an outer join makes up, in which it is NULL. Views have no system columns, and neither have the
//! tables of the catalog here. Source: PostgreSQL documentation, System Columns.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, SelectItem, Statement, TableFactor};

use super::system::pg_catalog::SystemTable;
use crate::grammar;
use crate::identifier::folded;
use crate::walk::{self, Step};

const TABLEOID: &str = "tableoid";

/// What a name in FROM means: a table of pg_catalog, or `None` for anything else.
pub(super) type Tables<'a> = dyn Fn(&ObjectName) -> Option<SystemTable> + 'a;

/// Writes out what is called `tableoid` and means that of a system table; whatever else is called so is left.
pub(super) fn write_out(statement: &mut Statement, tables: &Tables) {
    if !walk::any_expr(statement, |expr| last_of(expr).is_some()) {
        return;
    }
    let mut scopes = Scopes { tables, withs: BTreeSet::new(), queries: Vec::new() };
    walk::change(statement, |step| match step {
        Step::BeforeQuery(query) => {
            let withs = query.with.iter().flat_map(|with| &with.cte_tables);
            scopes.withs.extend(withs.map(|table| folded(&table.alias.name)));
            scopes.queries.push(Vec::new());
        }
        Step::AfterQuery => drop(scopes.queries.pop()),
        Step::BeforeSelect(select) => {
            let factors = select
                .from
                .iter()
                .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
            let relations = factors.flat_map(|factor| scopes.relations(factor)).collect();
            // The parts of a set operation see nothing of each other.
            if let Some(query) = scopes.queries.last_mut() {
                *query = relations;
            }
            for item in &mut select.projection {
                if let SelectItem::UnnamedExpr(expr) = item
                    && let Some(value) = scopes.value(expr)
                {
                    *item = SelectItem::ExprWithAlias { expr: value, alias: Ident::new(TABLEOID) };
                }
            }
        }
        Step::AfterExpr(expr) => {
            if let Some(value) = scopes.value(expr) {
                *expr = value;
            }
        }
        _ => {}
    });
}

/// The parts of a name before `tableoid`; `None` if the expression is no such name.
fn last_of(expr: &Expr) -> Option<&[Ident]> {
    let parts = match expr {
        Expr::Identifier(name) => std::slice::from_ref(name),
        Expr::CompoundIdentifier(parts) => parts.as_slice(),
        _ => return None,
    };
    let (last, before) = parts.split_last()?;
    (folded(last) == TABLEOID).then_some(before)
}

/// What can be named at a place in a statement.
struct Scopes<'a> {
    tables: &'a Tables<'a>,
    /// Names that WITH gives, which hide those of tables.
    withs: BTreeSet<String>,
    /// The items of FROM of the queries around, outermost first.
    queries: Vec<Vec<Relation>>,
}

/// An item of FROM.
struct Relation {
    called: Option<Ident>,
    /// Whether it is a table or a view, rather than what a query or a function returns.
    is_named: bool,
    table: Option<SystemTable>,
}

impl Scopes<'_> {
    fn relations(&self, factor: &TableFactor) -> Vec<Relation> {
        let alias = |alias: &Option<_>| {
            alias.as_ref().map(|alias: &datafusion::sql::sqlparser::ast::TableAlias| alias.name.clone())
        };
        match factor {
            TableFactor::Table { name, alias: given, args: None, .. } => {
                let last = name.0.last().and_then(|part| part.as_ident()).cloned();
                let is_with = name.0.len() == 1 && last.as_ref().is_some_and(|name| self.withs.contains(&folded(name)));
                let renamed = given.as_ref().is_some_and(|alias| !alias.columns.is_empty());
                let table = if is_with || renamed { None } else { (self.tables)(name) };
                vec![Relation { called: alias(given).or(last), is_named: !is_with, table }]
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let joined = table_with_joins.joins.iter().map(|join| &join.relation);
                std::iter::once(&table_with_joins.relation)
                    .chain(joined)
                    .flat_map(|factor| self.relations(factor))
                    .collect()
            }
            TableFactor::Derived { alias: given, .. }
            | TableFactor::Table { alias: given, .. }
            | TableFactor::UNNEST { alias: given, .. }
            | TableFactor::Function { alias: given, .. } => {
                vec![Relation { called: alias(given), is_named: false, table: None }]
            }
            _ => vec![Relation { called: None, is_named: false, table: None }],
        }
    }

    /// What a name stands for; `None` if it is no `tableoid` of a system table.
    fn value(&self, expr: &Expr) -> Option<Expr> {
        let relation = match last_of(expr)? {
            [] => {
                let nearest = self.queries.iter().rev().find(|query| !query.is_empty())?;
                let mut named = nearest.iter().filter(|relation| relation.is_named);
                // Of several tables it is not told whose is meant.
                named.next().filter(|_| named.next().is_none())?
            }
            [.., of] => {
                let is_called =
                    |relation: &&Relation| relation.called.as_ref().is_some_and(|name| folded(name) == folded(of));
                self.queries.iter().rev().find_map(|query| query.iter().find(is_called))?
            }
        };
        let SystemTable { oid, first_column } = relation.table?;
        let called = relation.called.as_ref().map(folded)?.replace('"', "\"\"");
        let text = format!("CASE WHEN \"{called}\".\"{first_column}\" IS NOT NULL THEN CAST({oid} AS oid) END");
        let parsed = grammar::expr(&text);
        Some(parsed.expect("the words for a tableoid were believed to be an expression"))
    }
}
