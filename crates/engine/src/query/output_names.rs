//! The names of a query's columns as PostgreSQL gives them: `count`, not `count(*)`; `?column?` for what has no name.
//!
//! Source: PostgreSQL documentation, SELECT list, Column Labels, and what its `FigureColname` does.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    AccessExpr, ArrayElemTypeDef, BinaryOperator, DataType, Expr, ObjectName, Query, SelectItem, SetExpr, Statement,
    TrimWhereField,
};

use super::{pg_syntax, types};
use crate::identifier::folded;

/// The names of a query's columns, as far as its text tells.
#[derive(Debug, Default)]
pub(super) struct OutputNames {
    /// Before the first `*`.
    head: Vec<Option<String>>,
    /// After the last `*`.
    tail: Vec<Option<String>>,
    /// Whether there may be more between them.
    has_rest: bool,
}

/// Reads the names off a query, before it is rewritten.
pub(super) fn of(statement: &Statement) -> OutputNames {
    match statement {
        Statement::Query(query) => of_query(query),
        _ => OutputNames::default(),
    }
}

fn of_query(query: &Query) -> OutputNames {
    of_body(&query.body)
}

/// Reads the names off a query's body.
pub(super) fn of_body(mut body: &SetExpr) -> OutputNames {
    loop {
        match body {
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Query(query) => body = &query.body,
            SetExpr::Select(select) => return of_items(&select.projection),
            _ => return OutputNames { has_rest: true, ..OutputNames::default() },
        }
    }
}

/// Reads the names off a select list.
pub(super) fn of_items(items: &[SelectItem]) -> OutputNames {
    let is_star = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let name = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) => Some(of_expression(expr)),
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    };
    let first = items.iter().position(is_star).unwrap_or(items.len());
    let after = items.iter().rposition(is_star).map_or(items.len(), |last| last + 1);
    OutputNames {
        head: items[..first].iter().map(name).collect(),
        tail: items[after..].iter().map(name).collect(),
        has_rest: first < items.len(),
    }
}

impl OutputNames {
    /// How many columns there are; `None` if the text does not tell.
    pub fn count(&self) -> Option<usize> {
        (!self.has_rest).then_some(self.head.len())
    }

    /// Whether a column may be called so.
    pub fn may_have(&self, name: &str) -> bool {
        self.has_rest || self.head.iter().any(|known| known.as_deref() == Some(name))
    }

    /// The names of all columns; the plan's own where the text does not tell.
    pub fn over(&self, planned: &Schema) -> Vec<String> {
        let mut names: Vec<String> = planned.fields().iter().map(|field| field.name().clone()).collect();
        if self.head.len() + self.tail.len() > names.len() {
            return names;
        }
        let tail = names.len() - self.tail.len();
        for (at, name) in self.head.iter().enumerate().chain((tail..).zip(&self.tail)) {
            if let Some(name) = name {
                names[at].clone_from(name);
            }
        }
        names
    }
}

/// The name of a column computed by an expression.
pub(crate) fn of_expression(expr: &Expr) -> String {
    figured(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

/// A name, and whether it is a strong one, which a cast keeps.
fn figured(expr: &Expr) -> Option<(String, bool)> {
    let strong = |name: String| Some((name, true));
    match expr {
        Expr::Identifier(name) => strong(folded(name)),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| (folded(name), true)),
        Expr::Function(function) => strong(match last_part(&function.name).as_str() {
            "current_timestamp" => "current_timestamp".to_owned(),
            name => name.to_owned(),
        }),
        Expr::Nested(inner) => figured(inner),
        Expr::Collate { expr, .. } => figured(expr),
        Expr::Cast { expr, data_type, .. } => match figured(expr) {
            Some((name, true)) => strong(name),
            _ => Some((type_name(data_type), false)),
        },
        Expr::TypedString(typed) => Some((type_name(&typed.data_type), false)),
        Expr::Interval(_) => Some(("interval".to_owned(), false)),
        Expr::CompoundFieldAccess { root, access_chain } => match access_chain.last() {
            Some(AccessExpr::Dot(Expr::Identifier(field))) => strong(folded(field)),
            _ => figured(root),
        },
        Expr::BinaryOp { op: BinaryOperator::Overlaps, .. } => strong("overlaps".to_owned()),
        Expr::Case { else_result, .. } => match else_result.as_deref().and_then(figured) {
            Some((name, true)) => strong(name),
            _ => Some(("case".to_owned(), false)),
        },
        Expr::Exists { .. } => strong("exists".to_owned()),
        Expr::Subquery(query) => of_query(query).head.first().cloned().flatten().map(|name| (name, true)),
        Expr::Extract { .. } => strong("extract".to_owned()),
        Expr::Substring { shorthand, .. } => strong(if *shorthand { "substr" } else { "substring" }.to_owned()),
        Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim".to_owned(),
            Some(TrimWhereField::Trailing) => "rtrim".to_owned(),
            _ => "btrim".to_owned(),
        }),
        Expr::Position { .. } => strong("position".to_owned()),
        Expr::Overlay { .. } => strong("overlay".to_owned()),
        Expr::Ceil { .. } => strong("ceil".to_owned()),
        Expr::Floor { .. } => strong("floor".to_owned()),
        Expr::Array(_) => strong("array".to_owned()),
        Expr::Tuple(_) => strong("row".to_owned()),
        Expr::AtTimeZone { .. } => strong("timezone".to_owned()),
        _ => None,
    }
}

/// PostgreSQL's internal name of a type, which is what a cast of a nameless thing is called.
fn type_name(data_type: &DataType) -> String {
    use bowline_core::catalog::SqlType;
    match data_type {
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _) | ArrayElemTypeDef::AngleBracket(element)) => {
            return type_name(element);
        }
        // These are kept as other types.
        DataType::Custom(name, _) if ["name", "char", "oid", "xid", "cid"].contains(&last_part(name).as_str()) => {
            return last_part(name);
        }
        _ => {}
    }
    if let Some(name) = pg_syntax::object_type(data_type) {
        return name.to_owned();
    }
    let Ok(sql_type) = types::sql_type(data_type) else { return "?column?".to_owned() };
    match sql_type {
        SqlType::Boolean => "bool".to_owned(),
        SqlType::SmallInt => "int2".to_owned(),
        SqlType::Integer => "int4".to_owned(),
        SqlType::BigInt => "int8".to_owned(),
        SqlType::Numeric(_) => "numeric".to_owned(),
        SqlType::Real => "float4".to_owned(),
        SqlType::Double => "float8".to_owned(),
        SqlType::Varchar(_) => "varchar".to_owned(),
        SqlType::Char(_) => "bpchar".to_owned(),
        SqlType::Time => "time".to_owned(),
        SqlType::Timestamp => "timestamp".to_owned(),
        SqlType::TimestampTz => "timestamptz".to_owned(),
        other => other.to_string(),
    }
}

fn last_part(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(folded).unwrap_or_default()
}

/// Types as they came out, names as PostgreSQL gives them, the metadata that the plan knows.
pub(super) fn result_schema(planned: &Schema, physical: &Schema, names: &OutputNames) -> SchemaRef {
    let names = names.over(planned);
    let fields = planned.fields().iter().zip(physical.fields()).zip(names).map(|((planned, physical), name)| {
        // The type of what runs, with the names that the plan knows for the items of an array too.
        let same = physical.data_type().equals_datatype(planned.data_type());
        let data_type = if same { planned.data_type() } else { physical.data_type() };
        Field::new(name, data_type.clone(), true).with_metadata(planned.metadata().clone())
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
