//! `old` and `new` in RETURNING: a row as it was and as it is, where the statement calls no table so.
//!
//! ```text
//!              old.c                         new.c
//!   INSERT     NULL                          the column
//!   UPDATE     a column beside the row       the column
//!   DELETE     the column                    NULL
//!   MERGE      a column beside the row       the column, NULL where the row is deleted
//! ```

use bowline_core::catalog::Table;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Ident, ObjectName, ObjectNamePart, SelectItem, SelectItemQualifiedWildcardKind,
    Value,
};

use super::super::names;
use crate::query::output_name;
use crate::walk;

/// Which images of a row there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Images {
    /// The row is new.
    Inserted,
    /// The row goes.
    Deleted,
    /// The row changes: `old.c` stands for [`old_name`] or is left for `detach`.
    Updated { old: Old },
    /// Rows of every kind: `old.c` is left for `detach`, [`ACTION`] tells which go.
    Merged,
}

/// Stands before the names of the columns of the row as it was.
pub(super) const OLD: &str = "__old_";

/// Stands for `merge_action()` until the rows are found.
pub(super) const ACTION: &str = "__merge_action";

/// What becomes of `old.c` in items over changed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    /// The column [`old_name`] beside the row.
    Beside,
    /// Left as it is, to be selected with the rows.
    Selected,
}

/// Whether the items name the row as it was.
pub(super) fn mention_old(items: &[SelectItem]) -> bool {
    items.iter().any(|item| {
        let star = matches!(star_of(item), Some(name) if name == "old");
        star || walk::any_expr(item, |expr| image_of(expr).is_some_and(|(image, _)| image == "old"))
    })
}

/// Binds `old` and `new` in items over rows of a table that the statement calls `called`.
pub(super) fn bind(mut items: Vec<SelectItem>, table: &Table, called: &Ident, images: Images) -> Vec<SelectItem> {
    items.iter_mut().for_each(|item| leave_out_schema(item, table, called));
    if ["old", "new"].contains(&names::folded(called).as_str()) {
        return items;
    }
    let mut bound = Vec::with_capacity(items.len());
    for item in items {
        match star_of(&item) {
            Some(image) if image == "old" || image == "new" => {
                let column = |name: &String| {
                    let parts = vec![Ident::new(&image), Ident::with_quote('"', name)];
                    SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts))
                };
                let columns: Vec<_> = table.columns.iter().map(|each| column(&each.name)).collect();
                bound.extend(columns);
            }
            _ => bound.push(item),
        }
    }
    for item in &mut bound {
        if let SelectItem::UnnamedExpr(expr) = item
            && image_of(expr).is_some()
        {
            let alias = Ident::with_quote('"', output_name(expr));
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        }
        walk::change_exprs(item, |expr| {
            if let Some((image, column)) = image_of(expr)
                && let Some(put) = instead(&image, column, called, images)
            {
                *expr = put;
            }
        });
    }
    bound
}

/// `schema.table.*` as `table.*`, which is the target where the statement gives it no other name.
fn leave_out_schema(item: &mut SelectItem, table: &Table, called: &Ident) {
    if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) = item
        && let Ok([schema, last]) = names::parts(name).as_deref()
        && (schema, last) == (&table.schema, &table.name)
        && names::folded(called) == table.name
    {
        *name = ObjectName::from(called.clone());
    }
}

/// What the column of the row as it was is called beside the row.
pub(super) fn old_name(column: &str) -> String {
    format!("{OLD}{column}")
}

fn instead(image: &str, column: Ident, called: &Ident, images: Images) -> Option<Expr> {
    let own = Expr::CompoundIdentifier(vec![called.clone(), column.clone()]);
    Some(match (image, images) {
        ("new", Images::Inserted | Images::Updated { .. }) | ("old", Images::Deleted) => own,
        ("old", Images::Updated { old: Old::Beside }) => {
            Expr::Identifier(Ident::with_quote('"', old_name(&names::folded(&column))))
        }
        ("old", Images::Updated { old: Old::Selected } | Images::Merged) => return None,
        ("new", Images::Merged) => {
            let action = Box::new(Expr::Identifier(Ident::with_quote('"', ACTION)));
            let delete = Box::new(Expr::value(Value::SingleQuotedString("DELETE".to_owned())));
            only_if(Expr::BinaryOp { left: action, op: BinaryOperator::NotEq, right: delete }, own)
        }
        _ => only_if(Expr::value(Value::Boolean(false)), own),
    })
}

/// `CASE WHEN condition THEN value END`: NULL of the value's type where the condition fails.
fn only_if(condition: Expr, result: Expr) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: None,
    }
}

/// The image and the column that `old.c` or `new.c` names.
pub(super) fn image_of(expr: &Expr) -> Option<(String, Ident)> {
    let Expr::CompoundIdentifier(parts) = expr else { return None };
    let [image, column] = parts.as_slice() else { return None };
    let image = names::folded(image);
    ["old", "new"].contains(&image.as_str()).then(|| (image, column.clone()))
}

fn star_of(item: &SelectItem) -> Option<String> {
    let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) = item else { return None };
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => Some(names::folded(name)),
        _ => None,
    }
}
