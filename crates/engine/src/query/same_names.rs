//! Tables of one name, of several schemas, in one query: each is told by its schema, so that it is not taken for the other.
//!
//! ```text
//!   SELECT t.x FROM t                          left as it is
//!   SELECT s.t.x, public.t.y FROM t, s.t  ─▶   SELECT s.t.x, public.t.y FROM public.t, s.t
//!   SELECT t.x FROM t, s.t                     refused: which one?
//!   ... FROM __rows."s.t" AS t, t         ─▶   ... FROM __rows.s.t, public.t              the target of a write
//! ```

use std::collections::{BTreeMap, BTreeSet};

use bowline_core::catalog::RelationName;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement, TableFactor,
    TableWithJoins,
};

use super::names::ROWS_SCHEMA;
use crate::error::Error;
use crate::identifier::folded;
use crate::stored_names::WithScope;
use crate::walk::{self, Step};

/// Says the schema of every table without another name whose name a table of another schema has in the query too. `meant`: what a
/// name alone means. Errors: 42P09 where a name is that of two tables.
pub(super) fn write_out(statement: &mut Statement, meant: &dyn Fn(&str) -> RelationName) -> Result<(), Error> {
    let shared = shared_names(statement);
    if shared.is_empty() {
        return Ok(());
    }
    let mut scope = WithScope::default();
    walk::try_change(statement, |step| {
        match step {
            Step::BeforeQuery(query) => scope.enter(query),
            Step::AfterQuery => scope.leave(),
            Step::BeforeTableFactor(factor) => {
                if let Some([schema, table]) = target(factor).filter(|[_, table]| shared.contains(table)) {
                    rename(factor, vec![ROWS_SCHEMA.to_owned(), schema, table]);
                } else if let Some([only]) = called(factor).as_deref()
                    && shared.contains(only)
                    && !scope.has(only)
                {
                    let full = meant(only);
                    if !full.is_nowhere() {
                        rename(factor, vec![full.schema, full.name]);
                    }
                }
            }
            // After its tables have their schemas.
            Step::AfterSelect(select) => refuse_ambiguous(select, &shared, &scope)?,
            _ => {}
        }
        Ok(())
    })
}

/// The names of tables with a schema that tables of other schemas have too; those that go by their own names count.
fn shared_names(statement: &Statement) -> BTreeSet<String> {
    let mut schemas: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
    walk::each_table_factor(statement, |factor| {
        let Some(mut parts) = called(factor) else { return };
        let (name, schema) = (parts.pop(), parts.pop());
        if let (Some(name), true) = (name, parts.is_empty()) {
            schemas.entry(name).or_default().insert(schema);
        }
    });
    schemas.into_iter().filter(|(_, schemas)| schemas.len() > 1).map(|(name, _)| name).collect()
}

/// Gives a table another name, and takes its alias away.
fn rename(factor: &mut TableFactor, parts: Vec<String>) {
    if let TableFactor::Table { name, alias, .. } = factor {
        *name = ObjectName::from(parts.into_iter().map(quoted).collect::<Vec<_>>());
        *alias = None;
    }
}

fn refuse_ambiguous(select: &Select, shared: &BTreeSet<String>, scope: &WithScope) -> Result<(), Error> {
    let mut tables = Vec::new();
    select.from.iter().for_each(|from| tables_of(from, &mut tables));
    // What a write asks of its target it says by the name alone.
    if tables.iter().any(|parts| parts.first().is_some_and(|first| first == ROWS_SCHEMA)) {
        return Ok(());
    }
    for name in shared {
        let schemas: Vec<&[String]> =
            tables.iter().filter(|parts| parts.last() == Some(name)).map(Vec::as_slice).collect();
        let distinct: BTreeSet<_> = schemas.iter().collect();
        if schemas.len() > 1 && schemas.contains(&std::slice::from_ref(name)) && scope.has(name) {
            return Err(Error::new("42712", format!("table name \"{name}\" specified more than once"))
                .with_hint("Give one of them an alias."));
        }
        if schemas.len() > 1 && distinct.len() == schemas.len() && says(select, name) {
            return Err(Error::new("42P09", format!("table reference \"{name}\" is ambiguous"))
                .with_hint("Say the schema as well, or give the tables other names with AS."));
        }
    }
    Ok(())
}

/// The schema and the name of a table with its row ids that goes by its own name.
fn target(factor: &TableFactor) -> Option<[String; 2]> {
    let TableFactor::Table { name, alias: Some(alias), .. } = factor else { return None };
    let [rows, dotted] = name.0.as_slice() else { return None };
    let dotted = dotted.as_ident().filter(|_| rows.as_ident().is_some_and(|rows| rows.value == ROWS_SCHEMA))?;
    let table = folded(&alias.name);
    let schema = dotted.value.strip_suffix(&table)?.strip_suffix('.')?;
    Some([schema.to_owned(), table])
}

/// The parts of the name of a table that has no other.
fn called(factor: &TableFactor) -> Option<Vec<String>> {
    if let Some(target) = target(factor) {
        return Some(target.into());
    }
    let TableFactor::Table { name, alias: None, args: None, .. } = factor else { return None };
    name.0.iter().map(|part| part.as_ident().map(folded)).collect()
}

fn tables_of(from: &TableWithJoins, found: &mut Vec<Vec<String>>) {
    for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)) {
        match factor {
            TableFactor::NestedJoin { table_with_joins, alias: None } => tables_of(table_with_joins, found),
            other => found.extend(called(other)),
        }
    }
}

fn quoted(name: String) -> Ident {
    Ident::with_quote('"', name)
}

/// Whether a SELECT itself says a column, or all, of a table by its name alone.
fn says(select: &Select, name: &str) -> bool {
    let is_it = |said: &Ident| folded(said) == name;
    let all = select.projection.iter().any(|item| match item {
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(said), _) => {
            matches!(said.0.as_slice(), [only] if only.as_ident().is_some_and(is_it))
        }
        _ => false,
    });
    all || walk::find_expr_outside_queries(select, |expr| match expr {
        Expr::CompoundIdentifier(parts) => (parts.len() == 2 && is_it(&parts[0])).then_some(()),
        _ => None,
    })
    .is_some()
}
