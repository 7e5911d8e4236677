//! Functions in FROM that return rows, as subqueries that unnest arrays.
//!
//! ```text
//!   FROM unnest(a, b) WITH ORDINALITY t       FROM LATERAL (SELECT unnest(a), unnest(b), unnest(__ordinals(a, b))) t
//! ```

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Select, SelectItem, SetExpr, TableAlias, TableAliasColumnDef, TableFactor,
};

use super::pg_syntax::{argument, call, is_literal, last_part, parsed_query};

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
        TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
            let function = last_part(name)?;
            let qualified = name.0.len() == 2;
            let is_system = name.0.first()?.as_ident()?.value.eq_ignore_ascii_case("pg_catalog");
            if qualified && is_system {
                name.0.remove(0);
            }
            let arguments: Option<Vec<Expr>> = args.args.iter().map(argument).collect();
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
                "generate_series" if !arguments.iter().all(is_literal) => {
                    let array = call(&function, arguments);
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
                    let name = ObjectName::from(vec![Ident::new("pg_catalog"), Ident::new(function)]);
                    let mut plain = factor.clone();
                    if let TableFactor::Table { name: of, args, .. } = &mut plain {
                        *of = name;
                        *args = None;
                    }
                    Some(plain)
                }
                _ => None,
            }
        }
        _ => None,
    }
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
