//! Columns that a join has in common, `JOIN ... USING (a)` and `NATURAL JOIN`: of both, the result has one.
//!
//! ```text
//!   SELECT * FROM t LEFT JOIN s USING (a)           ─▶  SELECT t.a, t.x, s.y FROM t LEFT JOIN s USING (a)
//!   SELECT a FROM t FULL JOIN s USING (a)           ─▶  SELECT coalesce(t.a, s.a) AS a FROM …
//! ```
//!
//! It comes first in `*`, and its value is that of the side that has all its rows in the result; of a full join, of the side that
//! has a row. DataFusion takes the table whose name is first in the alphabet. Where it cannot be told which table a column is of,
//! the query is left as it is. Source: PostgreSQL documentation, Joined Tables.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, ExceptSelectItem, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, JoinConstraint, JoinOperator, ObjectName, OrderByKind, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, TableFactor, TableWithJoins, WildcardAdditionalOptions,
};

use crate::identifier::folded;
use crate::walk::{self, Step, Tree};

/// The columns of a table, by its name; `None` if it is none.
pub(super) type Columns<'a> = dyn Fn(&ObjectName) -> Option<Vec<String>> + 'a;

/// Writes out what stands for columns that joins have in common.
pub(super) fn write_out(statement: &mut Statement, columns: &Columns) {
    let mut withs = BTreeSet::new();
    let mut has_such_joins = false;
    walk::change(statement, |step| match step {
        Step::BeforeQuery(query) => {
            let tables = query.with.iter().flat_map(|with| &with.cte_tables);
            withs.extend(tables.map(|table| folded(&table.alias.name)));
        }
        Step::BeforeSelect(select) => has_such_joins |= select.from.iter_mut().any(joins_by_name),
        _ => {}
    });
    if has_such_joins {
        let writer = Writer { columns, withs };
        walk::change(statement, |step| {
            if let Step::BeforeQuery(query) = step {
                writer.query(query);
            }
        });
    }
}

fn joins_by_name(from: &mut TableWithJoins) -> bool {
    from.joins.iter_mut().any(|join| {
        let constraint = constraint(&mut join.join_operator);
        matches!(constraint, Some((_, JoinConstraint::Using(_) | JoinConstraint::Natural)))
    })
}

struct Writer<'a> {
    columns: &'a Columns<'a>,
    /// Names that WITH gives, which hide those of tables.
    withs: BTreeSet<String>,
}

impl Writer<'_> {
    fn query(&self, query: &mut Query) {
        match query.body.as_mut() {
            SetExpr::Select(select) => {
                let merged = self.select(select);
                if let Some(order) = query.order_by.as_mut()
                    && let OrderByKind::Expressions(keys) = &mut order.kind
                {
                    // A name alone means a column of the result, if there is one.
                    let own: BTreeSet<String> = select.projection.iter().filter_map(result_name).collect();
                    let is_result = |key: &Expr| matches!(key, Expr::Identifier(name) if own.contains(&folded(name)));
                    keys.iter_mut()
                        .filter(|key| !is_result(&key.expr))
                        .for_each(|key| self.replace(&mut key.expr, &merged));
                }
            }
            body => self.parts(body),
        }
    }

    fn parts(&self, body: &mut SetExpr) {
        match body {
            SetExpr::Select(select) => drop(self.select(select)),
            SetExpr::SetOperation { left, right, .. } => {
                self.parts(left);
                self.parts(right);
            }
            _ => {}
        }
    }

    /// Writes out a SELECT; returns what its columns in common are.
    fn select(&self, select: &mut Select) -> Vec<Merged> {
        let joined: Vec<Option<Joined>> = select.from.iter_mut().map(|from| self.joined(from)).collect();
        if joined.iter().flatten().all(|joined| joined.merged.is_empty()) {
            return Vec::new();
        }
        if let Some(items) = joined.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() {
            let star = |item: SelectItem| match item {
                SelectItem::Wildcard(options) if options == WildcardAdditionalOptions::default() => {
                    items.iter().flat_map(|joined| joined.items()).collect()
                }
                other => vec![other],
            };
            select.projection = std::mem::take(&mut select.projection).into_iter().flat_map(star).collect();
        }
        let merged: Vec<Merged> = joined.into_iter().flatten().flat_map(|joined| joined.merged).collect();
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(Expr::Identifier(name)) = item
                && let Some(found) = merged.iter().find(|merged| merged.name == folded(name) && !merged.is_left)
            {
                *item = SelectItem::ExprWithAlias { expr: found.value.clone(), alias: quoted(&found.name) };
            }
        }
        let from = std::mem::take(&mut select.from);
        self.replace(select, &merged);
        select.from = from;
        merged
    }

    /// What the joins of an item of FROM have in common; `None` if that cannot be told.
    fn joined(&self, from: &mut TableWithJoins) -> Option<Joined> {
        let mut joined = Joined { relations: vec![self.relation(&from.relation)?], merged: Vec::new() };
        for join in &mut from.joins {
            let mut right = self.relation(&join.relation)?;
            if let Some((kept, constraint)) = constraint(&mut join.join_operator) {
                let names = match constraint {
                    JoinConstraint::Using(names) => names.iter().map(last).collect::<Option<Vec<_>>>()?,
                    JoinConstraint::Natural => joined.common(&right)?,
                    _ => Vec::new(),
                };
                if !names.is_empty() {
                    let lefts = names.iter().map(|name| joined.take(name)).collect::<Option<Vec<_>>>()?;
                    *constraint = match lefts.iter().all(|left| left.is_left) {
                        true => JoinConstraint::Using(names.iter().map(|name| quoted(name).into()).collect()),
                        false => JoinConstraint::On(all_equal(&lefts, &right)?),
                    };
                    right.hidden.extend(names);
                    let merged = lefts.into_iter().map(|left| left.merged(kept, &right.called));
                    joined.merged.splice(0..0, merged);
                }
            }
            joined.relations.push(right);
        }
        Some(joined)
    }

    /// Puts values in the place of names alone; within a subquery where it is known that nothing of its own is called so.
    fn replace(&self, node: &mut impl Tree, merged: &[Merged]) {
        if merged.iter().all(|merged| merged.is_left) {
            return;
        }
        let mut around: Vec<Option<Within>> = Vec::new();
        walk::change(node, |step| match step {
            Step::BeforeQuery(query) => around.push(self.within(&query.body)),
            Step::AfterQuery => drop(around.pop()),
            Step::AfterExpr(expr) => {
                if let Expr::Identifier(name) = expr
                    && let name = folded(name)
                    && let Some(found) = merged.iter().find(|merged| merged.name == name && !merged.is_left)
                    && around
                        .iter()
                        .all(|within| within.as_ref().is_some_and(|within| within.shows(&name, &found.value)))
                {
                    *expr = found.value.clone();
                }
            }
            _ => {}
        });
    }

    /// What a query calls its own; `None` if that is not known.
    fn within(&self, body: &SetExpr) -> Option<Within> {
        match body {
            SetExpr::Select(select) => {
                let mut within = Within::default();
                within.columns.extend(select.projection.iter().filter_map(|item| match item {
                    SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
                    _ => None,
                }));
                for from in &select.from {
                    for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)) {
                        let relation = self.relation(factor)?;
                        within.columns.extend(relation.columns?);
                        within.tables.insert(relation.called.value);
                    }
                }
                Some(within)
            }
            SetExpr::Query(query) => self.within(&query.body),
            SetExpr::SetOperation { left, right, .. } => {
                let (mut within, right) = (self.within(left)?, self.within(right)?);
                within.columns.extend(right.columns);
                within.tables.extend(right.tables);
                Some(within)
            }
            _ => Some(Within::default()),
        }
    }

    /// A table of FROM; `None` if it has no name.
    fn relation(&self, factor: &TableFactor) -> Option<Relation> {
        let (called, columns) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let hidden = name.0.len() == 1 && last(name).is_some_and(|name| self.withs.contains(&name));
                let columns = if hidden { None } else { (self.columns)(name) };
                match alias {
                    Some(alias) if !alias.columns.is_empty() => (folded(&alias.name), None),
                    Some(alias) => (folded(&alias.name), columns),
                    None => (last(name)?, columns),
                }
            }
            TableFactor::Derived { alias: Some(alias), .. } => (folded(&alias.name), None),
            _ => return None,
        };
        Some(Relation { called: quoted(&called), columns, hidden: Vec::new() })
    }
}

/// One table of a join.
struct Relation {
    called: Ident,
    /// All its columns, if they are known.
    columns: Option<Vec<String>>,
    /// Those it has in common with others.
    hidden: Vec<String>,
}

/// The tables of an item of FROM.
struct Joined {
    relations: Vec<Relation>,
    /// The columns in common, in the order they stand in `*`.
    merged: Vec<Merged>,
}

/// A column in common.
struct Merged {
    name: String,
    value: Expr,
    /// Whether the value is that of the left table, which the name alone means to DataFusion too.
    is_left: bool,
}

/// The names that hide others within a query: columns that it reads, or that its result has, and tables.
#[derive(Default)]
struct Within {
    columns: BTreeSet<String>,
    tables: BTreeSet<String>,
}

/// Which sides of a join have all their rows in its result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Left,
    Right,
    Both,
}

impl Joined {
    /// The column of that name, as something to join by; `None` if it cannot be told which it is.
    fn take(&mut self, name: &str) -> Option<Merged> {
        if let Some(at) = self.merged.iter().position(|merged| merged.name == name) {
            return Some(self.merged.remove(at));
        }
        let relation = match self.relations.as_mut_slice() {
            [only] => only,
            several => {
                if several.iter().any(|relation| relation.columns.is_none()) {
                    return None;
                }
                let mut having = several.iter_mut().filter(|relation| relation.has(name));
                let first = having.next()?;
                if having.next().is_some() {
                    return None;
                }
                first
            }
        };
        relation.hidden.push(name.to_owned());
        Some(Merged { name: name.to_owned(), value: relation.column(name), is_left: true })
    }

    /// The names that a natural join has in common; `None` if the columns are not known.
    fn common(&self, right: &Relation) -> Option<Vec<String>> {
        let own = self.merged.iter().map(|merged| merged.name.clone());
        let rest = self.relations.iter().map(Relation::visible).collect::<Option<Vec<_>>>()?.concat();
        let theirs = right.visible()?;
        Some(own.chain(rest).filter(|name| theirs.contains(name)).collect())
    }

    /// What `*` stands for.
    fn items(&self) -> Vec<SelectItem> {
        let merged = self.merged.iter().map(|merged| match merged.value {
            Expr::CompoundIdentifier(_) => SelectItem::UnnamedExpr(merged.value.clone()),
            _ => SelectItem::ExprWithAlias { expr: merged.value.clone(), alias: quoted(&merged.name) },
        });
        merged.chain(self.relations.iter().flat_map(Relation::items)).collect()
    }
}

impl Relation {
    fn has(&self, name: &str) -> bool {
        self.visible().is_some_and(|columns| columns.iter().any(|column| column == name))
    }

    fn visible(&self) -> Option<Vec<String>> {
        let columns = self.columns.as_ref()?.iter().filter(|column| !self.hidden.contains(column));
        Some(columns.cloned().collect())
    }

    fn column(&self, name: &str) -> Expr {
        Expr::CompoundIdentifier(vec![self.called.clone(), quoted(name)])
    }

    fn items(&self) -> Vec<SelectItem> {
        if let Some(visible) = self.visible() {
            return visible.iter().map(|name| SelectItem::UnnamedExpr(self.column(name))).collect();
        }
        let mut hidden = self.hidden.iter().map(|name| quoted(name));
        let except = hidden
            .next()
            .map(|first_element| ExceptSelectItem { first_element, additional_elements: hidden.collect() });
        let options = WildcardAdditionalOptions { opt_except: except, ..WildcardAdditionalOptions::default() };
        let kind = SelectItemQualifiedWildcardKind::ObjectName(self.called.clone().into());
        vec![SelectItem::QualifiedWildcard(kind, options)]
    }
}

impl Merged {
    /// The column after one more join by it.
    fn merged(self, kept: Kept, right: &Ident) -> Merged {
        let other = Expr::CompoundIdentifier(vec![right.clone(), quoted(&self.name)]);
        let value = match kept {
            Kept::Left => self.value,
            Kept::Right => other,
            Kept::Both => coalesce(self.value, other),
        };
        Merged { value, is_left: self.is_left && kept == Kept::Left, ..self }
    }
}

impl Within {
    /// Whether a name of the query around it means the same here, and so does a value that is put in its place.
    fn shows(&self, name: &str, value: &Expr) -> bool {
        let is_hidden = |part: &Expr| match part {
            Expr::CompoundIdentifier(parts) => parts.first().is_some_and(|table| self.tables.contains(&table.value)),
            _ => false,
        };
        !self.columns.contains(name) && !walk::any_expr(value, is_hidden)
    }
}

/// `left = right AND ...`; `None` for no columns.
fn all_equal(lefts: &[Merged], right: &Relation) -> Option<Expr> {
    let equal = |left: &Merged| Expr::BinaryOp {
        left: Box::new(left.value.clone()),
        op: BinaryOperator::Eq,
        right: Box::new(right.column(&left.name)),
    };
    lefts.iter().map(equal).reduce(|one, other| Expr::BinaryOp {
        left: Box::new(one),
        op: BinaryOperator::And,
        right: Box::new(other),
    })
}

fn coalesce(one: Expr, other: Expr) -> Expr {
    let arg = |expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
    let args =
        FunctionArgumentList { duplicate_treatment: None, args: vec![arg(one), arg(other)], clauses: Vec::new() };
    Expr::Function(Function {
        name: Ident::new("coalesce").into(),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(args),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// How a join takes its rows together; `None` if it takes all.
fn constraint(operator: &mut JoinOperator) -> Option<(Kept, &mut JoinConstraint)> {
    use JoinOperator::{FullOuter, Inner, Join, Left, LeftOuter, Right, RightOuter};
    match operator {
        Join(by) | Inner(by) | Left(by) | LeftOuter(by) => Some((Kept::Left, by)),
        Right(by) | RightOuter(by) => Some((Kept::Right, by)),
        FullOuter(by) => Some((Kept::Both, by)),
        _ => None,
    }
}

fn result_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(folded(name)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(folded),
        _ => None,
    }
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(folded)
}

fn quoted(name: &str) -> Ident {
    Ident::with_quote('"', name)
}
