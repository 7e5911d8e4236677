//! Names in stored texts, the queries of views and the expressions of defaults: they mean for ever what they meant when declared.
//!
//! ```text
//!   SET search_path = s     FROM t, nextval('q')        as written: along the session's path
//!     store                 FROM s.t, nextval('s.q')    so that the default path reads it alike
//!     read                  nextval('s.q')              along the default path, whatever the session's
//!     show                  FROM t, nextval('q')        without the schema where the session's path finds it
//! ```
//!
//! A name is a table in FROM, or a text that means a relation: of `regclass`, or of a sequence. Where nothing changes the text stays.

use bowline_core::catalog::{Catalog, RelationName, TEMPORARY_SCHEMA};
use datafusion::sql::sqlparser::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, Query,
    Statement, TableFactor, TypedString, Value, ValueWithSpan,
};

use crate::grammar;
use crate::identifier::{folded, identifier, parts};
use crate::search_path::{in_stored, is_visible, on_path};
use crate::walk::{self, Step, Tree};

/// The type of texts that mean relations.
const REGCLASS: &str = "regclass";

/// What the parts of a name become; `None` leaves it.
type Renaming<'r> = &'r dyn Fn(&[String]) -> Option<Vec<String>>;

/// A query as it is stored. `is_temporary`: with a temporary view.
pub(crate) fn stored_query(catalog: &Catalog, query: &Query, is_temporary: bool) -> String {
    let mut query = query.clone();
    if is_stored_otherwise(catalog, is_temporary) {
        Walk::over(&mut query, true, &|parts| stored(catalog, parts, is_temporary));
    }
    query.to_string()
}

/// An expression as it is stored. `is_temporary`: with a temporary table.
pub(crate) fn stored_expression(catalog: &Catalog, text: String, is_temporary: bool) -> String {
    match is_stored_otherwise(catalog, is_temporary) {
        false => text,
        true => renamed(&text, &|parts| stored(catalog, parts, is_temporary)).unwrap_or(text),
    }
}

/// Whether a name may be stored with its schema: what is temporary could find another relation by the name alone later.
fn is_stored_otherwise(catalog: &Catalog, is_temporary: bool) -> bool {
    is_temporary || !catalog.path().is_default()
}

/// A stored query as it is planned: its tables are left, for they are looked for along the default path.
pub(crate) fn read_query(catalog: &Catalog, query: &mut Statement, is_temporary: bool) {
    if is_read_otherwise(catalog, is_temporary) {
        Walk::over(query, false, &|parts| meant(catalog, parts, is_temporary));
    }
}

/// A stored expression as it is computed.
pub(crate) fn read_expression(catalog: &Catalog, text: &str, is_temporary: bool) -> String {
    let found = match is_read_otherwise(catalog, is_temporary) {
        true => renamed(text, &|parts| meant(catalog, parts, is_temporary)),
        false => None,
    };
    found.unwrap_or_else(|| text.to_owned())
}

/// Whether the session may find other relations by the names of a stored text: along its path, or as temporary objects of its own.
fn is_read_otherwise(catalog: &Catalog, is_temporary: bool) -> bool {
    !catalog.path().is_default() || (!is_temporary && catalog.has_temporary())
}

/// A stored query as it is shown.
pub(crate) fn shown_query(catalog: &Catalog, text: &str, is_temporary: bool) -> String {
    let parsed = || grammar::statements(text).ok();
    let shown = match is_stored_otherwise(catalog, is_temporary) {
        false => None,
        true => parsed().and_then(|mut statements| {
            let changed = Walk::over(&mut statements, true, &|parts| shown(catalog, parts, is_temporary));
            statements.first().filter(|_| changed).map(Statement::to_string)
        }),
    };
    shown.unwrap_or_else(|| text.to_owned())
}

/// A stored expression as it is shown.
pub(crate) fn shown_expression(catalog: &Catalog, text: &str, is_temporary: bool) -> String {
    let found = match is_stored_otherwise(catalog, is_temporary) {
        false => None,
        true => renamed(text, &|parts| shown(catalog, parts, is_temporary)),
    };
    found.unwrap_or_else(|| text.to_owned())
}

/// The names of the tables that a query reads. The names of its WITH clauses are none.
pub(crate) fn tables_read(query: &Query) -> Vec<ObjectName> {
    let mut query = query.clone();
    let mut walk = Walk::new(true, &|_| None);
    walk.through(&mut query);
    walk.tables
}

/// With its schema, if the default path would find another relation by the name alone, or could once there is a temporary one.
fn stored(catalog: &Catalog, parts: &[String], is_temporary: bool) -> Option<Vec<String>> {
    let [name] = parts else { return None };
    let found = on_path(catalog, name);
    let may_be_hidden = is_temporary && found.schema != TEMPORARY_SCHEMA && catalog.relation(&found).is_some();
    let differs = !found.is_nowhere() && (may_be_hidden || in_stored(catalog, name, is_temporary) != found);
    differs.then(|| vec![found.schema, found.name])
}

/// With the schema in which the default path finds it.
fn meant(catalog: &Catalog, parts: &[String], is_temporary: bool) -> Option<Vec<String>> {
    let [name] = parts else { return None };
    let found = in_stored(catalog, name, is_temporary);
    Some(vec![found.schema, found.name])
}

/// Without its schema, if the session's path finds it.
fn shown(catalog: &Catalog, parts: &[String], is_temporary: bool) -> Option<Vec<String>> {
    let found = match parts {
        [name] => in_stored(catalog, name, is_temporary),
        [schema, name] => RelationName::new(schema, name),
        _ => return None,
    };
    let parts_shown = match is_visible(catalog, &found) {
        true => vec![found.name],
        false => vec![found.schema, found.name],
    };
    (parts_shown != parts).then_some(parts_shown)
}

/// An expression with its names changed; `None` if none is.
fn renamed(text: &str, rename: Renaming) -> Option<String> {
    let lower = text.to_lowercase();
    if !lower.contains("val(") && !lower.contains(REGCLASS) {
        return None;
    }
    let parsed = grammar::expr(text);
    let mut parsed = parsed.ok()?;
    Walk::over(&mut parsed, true, rename).then(|| parsed.to_string())
}

/// The names of WITH clauses, on the way through the queries of a text.
#[derive(Default)]
pub(crate) struct WithScope(Vec<Frame>);

/// The names that the WITH clause of a query gives, and how many of its queries have been passed.
struct Frame {
    names: Vec<String>,
    is_recursive: bool,
    passed: usize,
}

impl WithScope {
    /// On coming to a query.
    pub fn enter(&mut self, query: &Query) {
        let names = query.with.iter().flat_map(|with| &with.cte_tables).map(|part| folded(&part.alias.name));
        let is_recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        self.0.push(Frame { names: names.collect(), is_recursive, passed: 0 });
    }

    /// On leaving it.
    pub fn leave(&mut self) {
        self.0.pop();
        // The queries of a WITH clause come before all others below the same one.
        if let Some(above) = self.0.last_mut() {
            above.passed = above.names.len().min(above.passed + 1);
        }
    }

    /// Whether a name alone is that of a WITH clause here: in those without RECURSIVE, of a query before.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|frame| {
            let seen = if frame.is_recursive { frame.names.len() } else { frame.passed };
            frame.names[..seen].iter().any(|known| known == name)
        })
    }
}

/// Goes through the names of a text.
struct Walk<'r> {
    rename: Renaming<'r>,
    /// Whether tables in FROM are renamed too.
    with_tables: bool,
    tables: Vec<ObjectName>,
    scope: WithScope,
    changed: bool,
}

impl<'r> Walk<'r> {
    fn new(with_tables: bool, rename: Renaming<'r>) -> Walk<'r> {
        Walk { rename, with_tables, tables: Vec::new(), scope: WithScope::default(), changed: false }
    }

    /// Renames what a text names; whether anything changed.
    fn over(text: &mut impl Tree, with_tables: bool, rename: Renaming<'r>) -> bool {
        let mut walk = Walk::new(with_tables, rename);
        walk.through(text);
        walk.changed
    }

    fn through(&mut self, text: &mut impl Tree) {
        walk::change(text, |step| match step {
            Step::BeforeQuery(query) => self.scope.enter(query),
            Step::AfterQuery => self.scope.leave(),
            Step::BeforeTableFactor(factor) => self.table(factor),
            Step::BeforeExpr(expr) => self.expr(expr),
            _ => {}
        });
    }

    /// Renames what a text means; whether it changed.
    fn constant(&mut self, text: &mut String) -> bool {
        let Some(parts) = (self.rename)(&parts(text).unwrap_or_default()) else { return false };
        *text = parts.iter().map(|part| identifier(part)).collect::<Vec<_>>().join(".");
        self.changed = true;
        true
    }

    fn table(&mut self, factor: &mut TableFactor) {
        if let TableFactor::Table { name, args: None, .. } = factor
            && let Some(parts) = name.0.iter().map(|part| part.as_ident().map(folded)).collect::<Option<Vec<_>>>()
            && !matches!(parts.as_slice(), [only] if self.scope.has(only))
        {
            self.tables.push(name.clone());
            if let Some(parts) = (self.rename)(&parts).filter(|_| self.with_tables) {
                *name = written(&parts);
                self.changed = true;
            }
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Cast { expr, data_type, .. } if is_regclass(data_type) => {
                if let Some(text) = literal(expr)
                    && self.constant(text)
                {
                    // As it is written most.
                    *data_type = DataType::Custom(ObjectName::from(Ident::new(REGCLASS)), Vec::new());
                }
            }
            Expr::TypedString(TypedString { data_type, value, .. }) if is_regclass(data_type) => {
                if let Value::SingleQuotedString(text) = &mut value.value {
                    self.constant(text);
                }
            }
            Expr::Function(function) => {
                let called = function.name.to_string().to_lowercase();
                let called = called.strip_prefix("pg_catalog.").unwrap_or(&called);
                if matches!(called, "nextval" | "currval" | "setval")
                    && let FunctionArguments::List(list) = &mut function.args
                    && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first_mut()
                    && let Some(text) = literal(argument)
                {
                    self.constant(text);
                }
            }
            _ => {}
        }
    }
}

fn is_regclass(data_type: &DataType) -> bool {
    let name = data_type.to_string().to_lowercase();
    name.strip_prefix("pg_catalog.").unwrap_or(&name) == REGCLASS
}

fn literal(expr: &mut Expr) -> Option<&mut String> {
    match expr {
        Expr::Nested(inner) => literal(inner),
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}

/// A name in the words of a statement, in quotes where it needs them.
fn written(parts: &[String]) -> ObjectName {
    let ident = |part: &String| match identifier(part) == *part {
        true => Ident::new(part),
        false => Ident::with_quote('"', part),
    };
    ObjectName(parts.iter().map(|part| ObjectNamePart::Identifier(ident(part))).collect())
}
