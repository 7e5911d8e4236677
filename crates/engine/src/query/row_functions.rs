//! Functions in FROM that return rows, as subqueries that unnest arrays.
//!
//! ```text
//!   FROM unnest(a, b) WITH ORDINALITY t       FROM LATERAL (SELECT unnest(a), unnest(b), unnest(__ordinals(a, b))) t
//!   FROM lower(a) AS t                        FROM LATERAL (SELECT lower(a) AS t) t
//! ```
//!
//! A function that returns one value is a row of it.

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Query, Select, SelectItem, SetExpr, TableAlias, TableAliasColumnDef, TableFactor,
};

use super::names::is_aggregate;
use super::parameters::parameter_count;
use super::pg_syntax::{SERIES, argument, call, is_literal, last_part, parsed_query};
use crate::identifier::folded;

/// Rewrites the functions in FROM that return rows, before what is in them is rewritten.
pub(super) fn from(select: &mut Select) {
    let mut first = true;
    for table in &mut select.from {
        let joined = table.joins.iter_mut().map(|join| &mut join.relation);
        for factor in [&mut table.relation].into_iter().chain(joined) {
            if let Some(derived) = lateral(factor, !first) {
                *factor = derived;
            }
            first = false;
        }
    }
}

fn lateral(factor: &mut TableFactor, lateral: bool) -> Option<TableFactor> {
    match factor {
        TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality, .. } => {
            let columns = array_exprs.iter().cloned().map(|array| call("unnest", vec![array])).collect();
            let ordinality = with_ordinality.then(|| array_exprs.clone());
            Some(selected(columns, ordinality, alias.take(), "unnest", lateral))
        }
        TableFactor::Table { .. } | TableFactor::Function { .. } => {
            let (name, alias, args, with_ordinality) = match factor {
                TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
                    (name, alias, &args.args, &*with_ordinality)
                }
                TableFactor::Function { name, alias, args, with_ordinality, .. } => {
                    (name, alias, &*args, &*with_ordinality)
                }
                _ => return None,
            };
            let function = last_part(name)?;
            let qualified = name.0.len() == 2;
            let is_system = name.0.first()?.as_ident()?.value.eq_ignore_ascii_case("pg_catalog");
            if qualified && is_system {
                name.0.remove(0);
            }
            let arguments: Option<Vec<Expr>> = args.iter().map(argument).collect();
            let arguments = arguments?;
            match function.as_str() {
                "unnest" => {
                    let columns = arguments.iter().cloned().map(|array| call("unnest", vec![array])).collect();
                    let ordinality = with_ordinality.then_some(arguments);
                    Some(selected(columns, ordinality, alias.take(), "unnest", lateral))
                }
                "pg_partition_ancestors" => {
                    let array = call("__partition_ancestors", arguments);
                    let columns = vec![call("unnest", vec![array.clone()])];
                    Some(selected(columns, with_ordinality.then(|| vec![array]), alias.take(), &function, lateral))
                }
                // DataFusion's takes constants only.
                "generate_series"
                    if *with_ordinality || !arguments.iter().all(is_literal) || parameter_count(&arguments) > 0 =>
                {
                    let array = call(SERIES, arguments);
                    let columns = vec![call("unnest", vec![array.clone()])];
                    Some(selected(columns, with_ordinality.then(|| vec![array]), alias.take(), &function, lateral))
                }
                "generate_subscripts" => {
                    let array = call("__subscripts", arguments.into_iter().take(1).collect());
                    let columns = vec![call("unnest", vec![array.clone()])];
                    Some(selected(columns, with_ordinality.then(|| vec![array]), alias.take(), &function, lateral))
                }
                // A relation that stands for what the function returns.
                super::system::pg_catalog::KEYWORDS if arguments.is_empty() => {
                    let query = "SELECT * FROM pg_catalog.pg_get_keywords";
                    Some(derived(parsed_query(query), alias.take(), &function, lateral))
                }
                "pg_get_sequence_data" if arguments.len() == 1 => {
                    let mut query = parsed_query(
                        "SELECT last_value, is_called FROM pg_catalog.pg_get_sequence_data __data WHERE __data.__sequence = 0",
                    );
                    let [sequence] = <[Expr; 1]>::try_from(arguments).ok()?;
                    let sequence = if is_literal(&sequence) { call("__regclass", vec![sequence]) } else { sequence };
                    if let SetExpr::Select(select) = query.body.as_mut()
                        && let Some(Expr::BinaryOp { right, .. }) = &mut select.selection
                    {
                        **right = sequence;
                    }
                    Some(derived(query, alias.take(), &function, lateral))
                }
                "pg_available_extensions" if arguments.is_empty() => {
                    let query = "SELECT name, default_version, comment FROM pg_catalog.pg_available_extensions";
                    Some(derived(parsed_query(query), alias.take(), &function, lateral))
                }
                "pg_available_extension_versions" if arguments.is_empty() => {
                    let query = "SELECT name, version, superuser, trusted, relocatable, schema, requires, comment FROM pg_catalog.pg_available_extension_versions";
                    Some(derived(parsed_query(query), alias.take(), &function, lateral))
                }
                // No table has parts.
                "pg_partition_tree" if arguments.len() == 1 => {
                    let query = "SELECT CAST(0 AS oid) AS relid, CAST(0 AS oid) AS parentrelid, true AS isleaf, 0 AS level WHERE false";
                    Some(derived(parsed_query(query), alias.take(), &function, lateral))
                }
                // Nothing is foreign, so that these columns are always NULL.
                "pg_options_to_table" if matches!(arguments.as_slice(), [options] if is_foreign_option(options)) => {
                    let query = "SELECT '' AS option_name, '' AS option_value WHERE false";
                    Some(derived(parsed_query(query), alias.take(), &function, lateral))
                }
                "generate_series" | "range" => None,
                // What makes one value of many rows has none here, and a call of it says so.
                _ if is_aggregate(&function) || name.0.len() > 1 => None,
                _ => {
                    let value = call(&function, arguments);
                    let ordinality = with_ordinality.then(|| vec![call("make_array", vec![value.clone()])]);
                    Some(selected(vec![value], ordinality, alias.take(), &function, lateral))
                }
            }
        }
        _ => None,
    }
}

/// Whether it is a column of pg_catalog with options of a foreign server, table, column or user.
fn is_foreign_option(expr: &Expr) -> bool {
    let name = match expr {
        Expr::Identifier(name) => name,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(name) => name,
            None => return false,
        },
        _ => return false,
    };
    ["fdwoptions", "srvoptions", "ftoptions", "umoptions", "attfdwoptions"].contains(&folded(name).as_str())
}

/// A query that stands for a function, called as that unless it has an alias.
fn derived(query: Box<Query>, alias: Option<TableAlias>, function: &str, lateral: bool) -> TableFactor {
    let called = || TableAlias { explicit: true, name: Ident::new(function), columns: Vec::new(), at: None };
    let alias = alias.unwrap_or_else(called);
    TableFactor::Derived { lateral, subquery: query, alias: Some(alias), sample: None }
}

/// `(SELECT columns, unnest(__ordinals(arrays))) AS alias`: each array a column, named after the function.
fn selected(
    columns: Vec<Expr>,
    ordinality: Option<Vec<Expr>>,
    alias: Option<TableAlias>,
    function: &str,
    lateral: bool,
) -> TableFactor {
    let mut alias = alias.unwrap_or_else(|| TableAlias {
        explicit: true,
        name: Ident::new(function),
        columns: Vec::new(),
        at: None,
    });
    let only = columns.len() == 1;
    let mut items: Vec<(Expr, String)> = columns.into_iter().map(|column| (column, function.to_owned())).collect();
    if let Some(arrays) = ordinality {
        let place = call("unnest", vec![call("__ordinals", arrays)]);
        items.push((place, "ordinality".to_owned()));
    }
    // The columns are called as the alias says; a single one without a name there is called as the alias.
    if alias.columns.is_empty() && only {
        alias.columns = vec![TableAliasColumnDef { name: alias.name.clone(), data_type: None }];
        alias.columns.extend(
            items.iter().skip(1).map(|(_, name)| TableAliasColumnDef { name: Ident::new(name), data_type: None }),
        );
    }
    let given = std::mem::take(&mut alias.columns);
    let mut query = parsed_query("SELECT 1");
    let SetExpr::Select(select) = query.body.as_mut() else { unreachable!("it is a SELECT") };
    let item = |(at, (expr, name)): (usize, (Expr, String))| {
        let alias = given.get(at).map_or_else(|| Ident::new(name), |column| column.name.clone());
        SelectItem::ExprWithAlias { expr, alias }
    };
    select.projection = items.into_iter().enumerate().map(item).collect();
    TableFactor::Derived { lateral, subquery: query, alias: Some(alias), sample: None }
}
