//! Says in DataFusion's dialect what PostgreSQL says otherwise, on the parsed text, before it is planned.

use bowline_core::catalog::SqlType;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, Interval, LimitClause, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, TableAlias, TableAliasColumnDef, TableFactor, TimezoneInfo,
    Value, ValueWithSpan,
};

use super::parameters::parameter;
use super::{
    distinct, literal, other_forms, output_names, pg_syntax, row_comparison, row_functions, row_subquery, sort_keys,
    ties, with_clause,
};
use crate::error::Error;
use crate::grammar;
use crate::identifier::folded;
use crate::walk::{self, Step, Tree};

/// Rewrites a query in place. Errors: 0A000 for what neither DataFusion nor the rewriting can say; those of [`sort_keys`].
pub(super) fn statement(statement: &mut Statement) -> Result<(), Error> {
    if let Statement::Query(query) = statement {
        sort_keys::tell_columns_from_results(query);
    }
    rewritten(statement)
}

/// Rewrites an expression in place. Errors: as [`statement`].
pub(super) fn expression(expr: &mut Expr) -> Result<(), Error> {
    rewritten(expr)
}

/// Fails if the statement names a parameter that has no value. Errors: 42P02.
pub(super) fn check_parameters(statement: &Statement, count: usize) -> Result<(), Error> {
    let unknown = walk::find_expr(statement, |expr| {
        let Expr::Value(ValueWithSpan { value: Value::Placeholder(name), .. }) = expr else { return None };
        let is_given = parameter(expr).is_some_and(|number| (1..=count).contains(&number));
        (!is_given).then(|| name.clone())
    });
    match unknown {
        None => Ok(()),
        Some(name) => Err(Error::new("42P02", format!("there is no parameter {name}"))
            .with_hint(format!("{count} parameters were given; they are called $1, $2 and so on."))),
    }
}

fn rewritten(node: &mut impl Tree) -> Result<(), Error> {
    distinct::reassociate(node);
    walk::try_change(node, |step| match step {
        Step::BeforeQuery(query) => {
            refuse_inner_lock(query)?;
            with_clause::check(query)?;
            sort_keys::in_query(query)?;
            fetch_as_limit(query)
        }
        Step::BeforeSelect(select) => {
            sort_keys::in_select(select)?;
            row_functions::from(select);
            row_subquery::in_where(select)?;
            qualify_stars(select);
            name_items(select);
            count_instead_of_exists(select);
            Ok(())
        }
        Step::BeforeTableFactor(factor) => {
            name_function_column(factor);
            Ok(())
        }
        Step::AfterExpr(expr) => {
            row_comparison::by_value(expr)?;
            row_subquery::anywhere(expr)?;
            pg_syntax::expression(expr)?;
            other_forms::expression(expr)?;
            in_other_words(expr)
        }
        _ => Ok(()),
    })
}

/// The outermost query's locks were taken out before; those of others would be ignored. Errors: 0A000.
fn refuse_inner_lock(query: &Query) -> Result<(), Error> {
    match query.locks.first() {
        None => Ok(()),
        Some(lock) => Err(Error::unsupported(
            format!("{lock} is not supported here"),
            "Write it at the end of a query of its own: of two transactions that lock a row, the later is refused with SQLSTATE 40001.",
        )),
    }
}

/// Functions and operators that DataFusion calls otherwise, and casts that shorten. Errors: 0A000.
fn in_other_words(expr: &mut Expr) -> Result<(), Error> {
    match expr {
        Expr::Function(function) => {
            sort_keys::in_aggregate(function);
            if let Some(other) = instead_of_function(function) {
                *expr = other;
            }
        }
        Expr::Cast { expr: inner, data_type, .. } => {
            if let Some(length) = length_limit(data_type) {
                let text = cast(std::mem::replace(inner, Expr::value(Value::Null)), DataType::Text);
                let cut = call("left", vec![text, Expr::value(Value::Number(length.to_string(), false))]);
                // The blanks at the end of a CHAR are not kept.
                let is_char = matches!(super::types::sql_type(data_type), Ok(SqlType::Char(_)));
                **inner = if is_char { call("rtrim", vec![cut]) } else { cut };
            }
        }
        Expr::Interval(interval) if is_text_alone(interval) => {
            if let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = interval.value.as_mut() {
                *text = literal::interval_in_words(text)?;
            }
        }
        Expr::BinaryOp { op: BinaryOperator::Overlaps, .. } => {
            return Err(Error::unsupported(
                "OVERLAPS is not supported between these",
                "Write (start, end) OVERLAPS (start, end).",
            ));
        }
        _ => {}
    }
    Ok(())
}

/// `INTERVAL '1 day'`, and not `INTERVAL '1' DAY`.
fn is_text_alone(interval: &Interval) -> bool {
    interval.leading_field.is_none() && interval.last_field.is_none() && interval.fractional_seconds_precision.is_none()
}

/// `t.*` is `schema.t.*` where the table is named with its schema and has no alias.
fn qualify_stars(select: &mut Select) {
    let factors = select
        .from
        .iter()
        .flat_map(|item| std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation)));
    let names: Vec<ObjectName> = factors
        .filter_map(|factor| match factor {
            TableFactor::Table { name, alias: None, .. } if name.0.len() > 1 => Some(name.clone()),
            _ => None,
        })
        .collect();
    let last = |name: &ObjectName| name.0.last().and_then(|part| part.as_ident()).map(folded);
    for item in &mut select.projection {
        if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(star), _) = item
            && star.0.len() == 1
            && let Some(name) = names.iter().find(|name| last(name) == last(star))
        {
            *star = name.clone();
        }
    }
}

/// Names the computed columns as PostgreSQL does, so that other parts of the query can refer to them, and so that two
/// columns never have one name, which DataFusion refuses. The outermost names are put right in the result.
fn name_items(select: &mut Select) {
    let name_of = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) => Some(output_names::of_expression(expr)),
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        _ => None,
    };
    let names: Vec<Option<String>> = select.projection.iter().map(name_of).collect();
    for at in 0..names.len() {
        let Some(name) = &names[at] else { continue };
        let repeated = names[..at].contains(&names[at]);
        let item = &mut select.projection[at];
        match item {
            SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) if !repeated => {}
            SelectItem::ExprWithAlias { .. } if !repeated => {}
            SelectItem::UnnamedExpr(expr) => {
                let alias = if repeated { format!("{name}__{}", at + 1) } else { name.clone() };
                let expr = std::mem::replace(expr, Expr::value(Value::Null));
                *item = SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', alias) };
            }
            SelectItem::ExprWithAlias { alias, .. } => *alias = Ident::with_quote('"', format!("{name}__{}", at + 1)),
            _ => {}
        }
    }
}

/// `FETCH FIRST n ROWS ONLY` is `LIMIT n`; see [`ties`] for WITH TIES. Errors: 0A000 for PERCENT, 42601 for ties without ORDER BY.
fn fetch_as_limit(query: &mut Query) -> Result<(), Error> {
    let Some(fetch) = query.fetch.take() else { return Ok(()) };
    if fetch.percent {
        return Err(Error::unsupported(format!("{fetch} is not supported"), "Use FETCH FIRST n ROWS ONLY."));
    }
    let quantity = fetch.quantity.unwrap_or_else(|| Expr::value(Value::Number("1".to_owned(), false)));
    let limit = Some(match fetch.with_ties {
        true if query.order_by.is_none() => return Err(ties::without_order()),
        true => call(ties::MARK, vec![quantity]),
        false => quantity,
    });
    query.limit_clause = match query.limit_clause.take() {
        None => Some(LimitClause::LimitOffset { limit, offset: None, limit_by: Vec::new() }),
        Some(LimitClause::LimitOffset { limit: None, offset, limit_by }) => {
            Some(LimitClause::LimitOffset { limit, offset, limit_by })
        }
        Some(_) => return Err(Error::new("42601", "multiple LIMIT clauses are not allowed")),
    };
    Ok(())
}

/// The column of a function in FROM is called as the function, or as its alias.
fn name_function_column(factor: &mut TableFactor) {
    let TableFactor::Table { name, alias, args: Some(_), .. } = factor else { return };
    let Some(function) = name.0.last().and_then(|part| part.as_ident()).cloned() else { return };
    let alias = alias.get_or_insert_with(|| TableAlias {
        explicit: true,
        name: Ident::new(function.value.to_lowercase()),
        columns: Vec::new(),
        at: None,
    });
    if alias.columns.is_empty() && ["generate_series", "range"].contains(&function.value.to_lowercase().as_str()) {
        alias.columns = vec![TableAliasColumnDef { name: alias.name.clone(), data_type: None }];
    }
}

fn instead_of_function(function: &mut Function) -> Option<Expr> {
    // `pg_catalog.lower(x)` is `lower(x)`.
    if let [ObjectNamePart::Identifier(schema), name] = function.name.0.as_slice()
        && schema.value.eq_ignore_ascii_case("pg_catalog")
    {
        function.name = ObjectName(vec![name.clone()]);
    }
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return None };
    let name = name.value.to_lowercase();
    let now = || call("now", Vec::new());
    match name.as_str() {
        "current_timestamp" => Some(now()),
        "localtimestamp" => Some(cast(now(), DataType::Timestamp(None, TimezoneInfo::None))),
        "current_date" => Some(cast(now(), DataType::Date)),
        "current_time" | "localtime" => Some(cast(now(), DataType::Time(None, TimezoneInfo::None))),
        "current_user" | "session_user" | "user" | "current_role" => Some(call("current_user", Vec::new())),
        "current_catalog" => Some(call("current_database", Vec::new())),
        "current_schema" if matches!(function.args, FunctionArguments::None) => {
            Some(call("current_schema", Vec::new()))
        }
        "every" => {
            function.name = ObjectName::from(vec![Ident::new("bool_and")]);
            None
        }
        "ceiling" => {
            function.name = ObjectName::from(vec![Ident::new("ceil")]);
            None
        }
        _ => None,
    }
}

/// The characters an explicit cast to this type keeps.
fn length_limit(data_type: &DataType) -> Option<u32> {
    match super::types::sql_type(data_type) {
        Ok(SqlType::Varchar(Some(length)) | SqlType::Char(length)) => Some(length),
        _ => None,
    }
}

/// `EXISTS (query)` as a column: `(SELECT count(*) FROM (query)) > 0`, for DataFusion has EXISTS in conditions only.
fn count_instead_of_exists(select: &mut Select) {
    for item in &mut select.projection {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { continue };
        let Expr::Exists { subquery, negated } = expr else { continue };
        let mut counted = counting_query();
        let SetExpr::Select(outer) = counted.body.as_mut() else { unreachable!("it is a SELECT") };
        let TableFactor::Derived { subquery: inner, .. } = &mut outer.from[0].relation else {
            unreachable!("it selects from a subquery")
        };
        std::mem::swap(inner, subquery);
        let op = if *negated { BinaryOperator::Eq } else { BinaryOperator::Gt };
        let zero = Box::new(Expr::value(Value::Number("0".to_owned(), false)));
        *expr = Expr::BinaryOp { left: Box::new(Expr::Subquery(counted)), op, right: zero };
    }
}

/// A query that counts the rows of a subquery yet to be put in.
fn counting_query() -> Box<Query> {
    let text = "SELECT count(*) FROM (SELECT 1) AS __exists";
    let parsed = grammar::statements(text).ok().and_then(|mut parsed| parsed.pop());
    match parsed {
        Some(Statement::Query(query)) => query,
        _ => unreachable!("{text} is a query"),
    }
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}
