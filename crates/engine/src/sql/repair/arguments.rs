//! Reads a CALL: which foreign key, which method, and the time of the transaction.

use std::sync::Arc;

use bowline_core::catalog::ForeignKey;
use bowline_core::integrity::repair::RepairMethod;
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem, SetExpr, Statement,
};

use super::super::names;
use super::super::parse::parse_query;
use super::super::scope::Scope;
use super::target;
use crate::display;
use crate::error::Error;

/// The methods, as they are written.
const METHODS: [(&str, RepairMethod); 5] = [
    ("delete", RepairMethod::Delete),
    ("set null", RepairMethod::SetNull),
    ("set default", RepairMethod::SetDefault),
    ("quarantine", RepairMethod::Quarantine),
    ("insert parent", RepairMethod::InsertParent),
];

/// A repair, as it was asked for.
pub(super) struct Asked {
    pub foreign_key: Arc<ForeignKey>,
    pub method: RepairMethod,
    /// When the transaction began, in microseconds of UTC.
    pub now: i64,
}

/// How a method is written.
pub(super) fn method_text(method: RepairMethod) -> &'static str {
    let written = METHODS.iter().find(|(_, known)| *known == method);
    written.expect("every method is in the list").0
}

/// Binds a CALL. Errors: 42883 for another procedure, 42704 for a constraint that is not there, 42P09 for a name that
/// several have, 22023 for an unknown method.
pub(super) fn asked(scope: &Scope, call: &Function) -> Result<Asked, Error> {
    if names::parts(&call.name)? != ["bowline", "repair"] {
        return Err(Error::new("42883", format!("procedure {} does not exist", call.name))
            .with_hint("There is one procedure: CALL bowline.repair('constraint', 'method')."));
    }
    let foreign = call.over.is_some()
        || call.filter.is_some()
        || call.null_treatment.is_some()
        || !call.within_group.is_empty()
        || !matches!(call.parameters, FunctionArguments::None);
    let (Some([constraint, method]), false) = (plain_arguments(&call.args), foreign) else {
        return Err(Error::new("42883", "procedure bowline.repair takes a constraint and a method")
            .with_hint("Write CALL bowline.repair('constraint', 'method')."));
    };
    let found = values(scope, constraint, method)?;
    let text = |column: &ArrayRef, what: &str| {
        display::text(column.as_ref(), 0)
            .ok_or_else(|| Error::new("22004", format!("the {what} of a repair cannot be NULL")).with_hint(usage()))
    };
    let constraint = text(&found[0], "constraint")?;
    let method = text(&found[1], "method")?;
    let now = cast(&found[2], &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
    Ok(Asked {
        foreign_key: target::foreign_key(scope.catalog(), &constraint)?,
        method: method_named(&method)?,
        now: now.as_primitive::<TimestampMicrosecondType>().value(0),
    })
}

/// The two arguments, if they are just that.
fn plain_arguments(arguments: &FunctionArguments) -> Option<[&Expr; 2]> {
    let FunctionArguments::List(list) = arguments else { return None };
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let plain = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref value)) => Some(value),
        _ => None,
    };
    let plain: Vec<&Expr> = list.args.iter().map(plain).collect::<Option<_>>()?;
    plain.try_into().ok()
}

/// The arguments as texts, computed as a query would, and `now()`: one value each.
fn values(scope: &Scope, constraint: &Expr, method: &Expr) -> Result<Vec<ArrayRef>, Error> {
    let mut query = parse_query("SELECT CAST(NULL AS TEXT), CAST(NULL AS TEXT), now()");
    if let SetExpr::Select(select) = query.body.as_mut() {
        for (item, argument) in select.projection.iter_mut().zip([constraint, method]) {
            if let SelectItem::UnnamedExpr(Expr::Cast { expr, .. }) = item {
                **expr = argument.clone();
            }
        }
        // Two columns of one text would be one name.
        for (at, item) in select.projection.iter_mut().enumerate() {
            if let SelectItem::UnnamedExpr(expr) = item {
                *item =
                    SelectItem::ExprWithAlias { expr: expr.clone(), alias: format!("argument_{at}").as_str().into() };
            }
        }
    }
    let found = scope.query(Statement::Query(query))?;
    let batch = found.batches.iter().find(|batch| batch.num_rows() > 0);
    Ok(batch.expect("a query without a table has one row").columns().to_vec())
}

fn method_named(text: &str) -> Result<RepairMethod, Error> {
    let written = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let found = METHODS.iter().find(|(name, _)| *name == written).map(|(_, method)| *method);
    found.ok_or_else(|| Error::new("22023", format!("unknown repair method \"{text}\"")).with_hint(usage()))
}

fn usage() -> &'static str {
    "The methods are 'delete', 'set null', 'set default', 'quarantine' and 'insert parent'."
}
