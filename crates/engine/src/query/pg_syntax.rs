//! What PostgreSQL's clients write and DataFusion does not know, said otherwise: object identifier types, `OPERATOR(...)`,
//! subscripts, ANY and ALL of arrays, and ARRAY(query).
//!
//! ```text
//!   'orders'::regclass                        __regclass('orders')              oid::regclass::text    __regclass_text(...)
//!   x OPERATOR(pg_catalog.~) 'y' COLLATE "C"  x ~ 'y'                           key[1]                 __subscript(key, 1)
//!   x -> 'key'   x #>> '{a,b}'   x ? 'key'    __json_get(x, 'key')   __json_path_text(x, ARRAY['a', 'b'])   __json_has(x, 'key')
//!   x = ANY ('{a,b}')                         x IN ('a', 'b')                   generate_subscripts    unnest(__subscripts(...))
//!   ARRAY(SELECT x FROM t ORDER BY y)         __or_empty((SELECT array_agg(x ORDER BY y) FROM t))
//!   CAST(x AS numeric)                        __numeric(x)
//! ```

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Array, ArrayElemTypeDef, BinaryOperator, CaseWhen, CastKind, DataType, ExactNumberInfo, Expr, Function,
    FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, GroupByExpr, Ident,
    ObjectName, ObjectNamePart, OrderBy, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, Statement,
    Subscript, TableFactor, UnaryOperator, Value, ValueWithSpan,
};

use super::numeric_casts;
use super::similar_to;
use crate::error::Error;
use crate::grammar;
use crate::identifier::folded;

/// The types whose values are OIDs of objects, and the names of the functions that cast to them.
const OBJECT_TYPES: [&str; 5] = ["regclass", "regtype", "regnamespace", "regrole", "regproc"];

/// `generate_series` as one array, which is what DataFusion's function of that name makes.
pub(super) const SERIES: &str = "__series";

/// Rewrites an expression whose parts have been rewritten.
pub(super) fn expression(expr: &mut Expr) -> Result<(), Error> {
    match expr {
        Expr::Cast { .. } => cast(expr),
        Expr::Collate { .. } => collation(expr),
        Expr::BinaryOp { op, .. } => {
            plain_operator(op)?;
            if let Some(function) = json_function(op) {
                part_of_json(expr, function);
                return Ok(());
            }
            compared_with_array(expr);
            Ok(())
        }
        Expr::Array(array) if !array.elem.iter().all(is_literal) => {
            // DataFusion plans the elements of a literal without the queries around it.
            *expr = call("make_array", std::mem::take(&mut array.elem));
            Ok(())
        }
        // asyncpg follows a domain to its base type by a recursion for each type. There are no domains.
        Expr::Subquery(query) if recurses_through(query, "typebases") => {
            *expr = casted(null(), DataType::Custom(ObjectName::from(vec![Ident::new("oid")]), Vec::new()));
            Ok(())
        }
        // A word that calls a function, which the parser takes for a column.
        Expr::Identifier(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("current_schema") => {
            *expr = call("current_schema", Vec::new());
            Ok(())
        }
        // Every bit turned is the exclusive or with all bits.
        Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr: inner } => {
            let ones = casted(Expr::value(Value::Number("-1".to_owned(), false)), DataType::SmallInt(None));
            let left = Box::new(Expr::Nested(Box::new(std::mem::replace(inner.as_mut(), null()))));
            *expr = Expr::BinaryOp { left, op: BinaryOperator::PGBitwiseXor, right: Box::new(ones) };
            Ok(())
        }
        Expr::Case { conditions, else_result, .. } => {
            empty_list_beside_privileges(conditions, else_result);
            Ok(())
        }
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
            escaped_by_backslash(pattern, escape_char);
            Ok(())
        }
        Expr::SimilarTo { .. } => similar_to::as_regex(expr),
        Expr::AnyOp { compare_op, .. } | Expr::AllOp { compare_op, .. } => {
            plain_operator(compare_op)?;
            of_list(expr);
            Ok(())
        }
        Expr::CompoundFieldAccess { .. } => {
            subscript(expr);
            Ok(())
        }
        Expr::Function(_) => {
            if let Some(other) = instead_of(expr) {
                *expr = other;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `CASE ... THEN acldefault(...) ELSE '{}' END`: the literal is an array as well.
fn empty_list_beside_privileges(conditions: &[CaseWhen], other: &mut Option<Box<Expr>>) {
    let is_list = |case: &CaseWhen| matches!(&case.result, Expr::Function(function) if last_part(&function.name).as_deref() == Some("acldefault"));
    if let Some(other) = other
        && conditions.iter().any(is_list)
        && literal_items(other).is_some_and(|items| items.is_empty())
    {
        **other = Expr::Array(Array { elem: Vec::new(), named: true });
    }
}

/// The function that stands for an operator that takes a part of a JSON value, or asks for its keys.
fn json_function(op: &BinaryOperator) -> Option<&'static str> {
    match op {
        BinaryOperator::Arrow => Some("__json_get"),
        BinaryOperator::LongArrow => Some("__json_get_text"),
        BinaryOperator::HashArrow => Some("__json_path"),
        BinaryOperator::HashLongArrow => Some("__json_path_text"),
        BinaryOperator::Question => Some("__json_has"),
        BinaryOperator::QuestionPipe => Some("__json_has_any"),
        BinaryOperator::QuestionAnd => Some("__json_has_all"),
        _ => None,
    }
}

/// `x -> y` as a call; a path is an array of texts, and so are keys, also where it is a literal in quotes or a parameter.
fn part_of_json(expr: &mut Expr, function: &str) {
    let Expr::BinaryOp { left, right, .. } = expr else { return };
    let (value, mut part) = (std::mem::replace(left.as_mut(), null()), std::mem::replace(right.as_mut(), null()));
    if function.starts_with("__json_path") || function.starts_with("__json_has_") {
        if let Some(items) = literal_items(&part) {
            part = Expr::Array(Array { elem: items, named: true });
        }
        part = casted(part, DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(DataType::Text), None)));
    }
    *expr = call(function, vec![value, part]);
}

/// `make_interval(days => 1)` with every argument in its place.
fn interval_made(function: &Function) -> Option<Expr> {
    const NAMES: [&str; 7] = ["years", "months", "weeks", "days", "hours", "mins", "secs"];
    let FunctionArguments::List(list) = &function.args else { return None };
    let zero = || Expr::value(Value::Number("0".to_owned(), false));
    let mut values: Vec<Expr> = NAMES.iter().map(|_| zero()).collect();
    for (at, given) in list.args.iter().enumerate() {
        let (at, value) = match given {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => (at, value),
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. }
            | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(value), .. } => {
                (NAMES.iter().position(|known| name.value.eq_ignore_ascii_case(known))?, value)
            }
            _ => return None,
        };
        *values.get_mut(at)? = value.clone();
    }
    let secs = values.pop().map(|secs| casted(secs, DataType::DoublePrecision));
    let values = values.into_iter().map(|value| casted(value, DataType::Integer(None))).chain(secs);
    Some(call("__make_interval", values.collect()))
}

/// Casts to a type of pg_catalog's are the type's; casts to and from the object identifier types are functions.
fn cast(expr: &mut Expr) -> Result<(), Error> {
    let Expr::Cast { expr: inner, data_type, .. } = expr else { return Ok(()) };
    unqualified(data_type);
    if let Some(object_type) = object_type(data_type) {
        let argument = std::mem::replace(inner.as_mut(), null());
        *expr = call(&format!("__{object_type}"), vec![argument]);
        return Ok(());
    }
    if custom(data_type).is_some_and(|name| name == "oid")
        && let Expr::Function(function) = inner.as_mut()
        && last_part(&function.name).is_some_and(|name| name == "__regproc")
    {
        function.name = ObjectName::from(vec![Ident::new("__function_oid")]);
    }
    if matches!(data_type, DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) if *info == ExactNumberInfo::None)
        && !is_untyped(inner)
    {
        let argument = std::mem::replace(inner.as_mut(), null());
        *expr = call(numeric_casts::NAME, vec![argument]);
        return Ok(());
    }
    let is_text = matches!(data_type, DataType::Text | DataType::Varchar(_) | DataType::CharacterVarying(_))
        || custom(data_type).is_some_and(|name| name == "name");
    if is_text && let Some(object_type) = cast_to_object_type(inner) {
        let argument = std::mem::replace(inner.as_mut(), null());
        **inner = call(&format!("__{object_type}_text"), vec![argument]);
        return Ok(());
    }
    if let DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) = data_type
        && let Some(items) = literal_items(inner)
    {
        let items = items.into_iter().map(|item| casted(item, element.as_ref().clone()));
        **inner = Expr::Array(Array { elem: items.collect(), named: true });
    }
    Ok(())
}

/// Whether it is a literal in quotes, NULL or a parameter, which are of any type.
fn is_untyped(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_untyped(inner),
        Expr::Value(value) => !matches!(value.value, Value::Number(..) | Value::Boolean(_)),
        _ => false,
    }
}

/// `pg_catalog.int4` is `int4`.
fn unqualified(data_type: &mut DataType) {
    match data_type {
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => unqualified(element),
        DataType::Custom(name, arguments) if name.0.len() == 2 && arguments.is_empty() => {
            let [schema, ObjectNamePart::Identifier(last)] = name.0.as_slice() else { return };
            let is_system = schema.as_ident().is_some_and(|schema| schema.value.eq_ignore_ascii_case("pg_catalog"));
            if !is_system {
                return;
            }
            // Only the quoted name means pg_catalog's own type of one byte.
            if last.quote_style.is_some() {
                *data_type = DataType::Custom(ObjectName::from(vec![last.clone()]), Vec::new());
                return;
            }
            let parsed = grammar::parser().try_with_sql(&last.value);
            if let Ok(plain) = parsed.and_then(|mut parser| parser.parse_data_type()) {
                *data_type = plain;
            }
        }
        _ => {}
    }
}

/// The name of a type that the parser has no variant for, folded.
fn custom(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Custom(name, arguments) if arguments.is_empty() => last_part(name),
        _ => None,
    }
}

/// The object identifier type that a type is.
pub(super) fn object_type(data_type: &DataType) -> Option<&'static str> {
    let name = match data_type {
        DataType::Regclass => "regclass".to_owned(),
        other => custom(other)?,
    };
    let name =
        if ["regprocedure", "regoper", "regoperator"].contains(&name.as_str()) { "regproc".to_owned() } else { name };
    OBJECT_TYPES.into_iter().find(|known| *known == name)
}

/// Which object identifier type a rewritten expression has been cast to.
fn cast_to_object_type(expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::Nested(inner) => cast_to_object_type(inner),
        Expr::Function(function) => {
            let name = last_part(&function.name)?;
            // What regproc holds are names already.
            OBJECT_TYPES.into_iter().find(|known| *known != "regproc" && name == format!("__{known}"))
        }
        _ => None,
    }
}

/// Texts are compared by their bytes, which is what these collations mean.
fn collation(expr: &mut Expr) -> Result<(), Error> {
    let Expr::Collate { expr: inner, collation } = expr else { return Ok(()) };
    let name = last_part(collation).unwrap_or_default();
    if !["default", "c", "posix", "ucs_basic", "c.utf-8", "c.utf8"].contains(&name.to_lowercase().as_str()) {
        return Err(Error::unsupported(
            format!("collation {collation} is not supported"),
            "Texts are compared by their bytes: use COLLATE \"C\", or leave it out.",
        ));
    }
    *expr = std::mem::replace(inner.as_mut(), null());
    Ok(())
}

/// `OPERATOR(pg_catalog.~)` is `~`.
fn plain_operator(op: &mut BinaryOperator) -> Result<(), Error> {
    let BinaryOperator::PGCustomBinaryOperator(parts) = op else { return Ok(()) };
    let known = match parts.as_slice() {
        [name] => Some(name.as_str()),
        [schema, name] if schema.eq_ignore_ascii_case("pg_catalog") => Some(name.as_str()),
        _ => None,
    };
    let plain = match known {
        Some("=") => BinaryOperator::Eq,
        Some("<>" | "!=") => BinaryOperator::NotEq,
        Some("<") => BinaryOperator::Lt,
        Some("<=") => BinaryOperator::LtEq,
        Some(">") => BinaryOperator::Gt,
        Some(">=") => BinaryOperator::GtEq,
        Some("+") => BinaryOperator::Plus,
        Some("-") => BinaryOperator::Minus,
        Some("*") => BinaryOperator::Multiply,
        Some("||") => BinaryOperator::StringConcat,
        Some("~") => BinaryOperator::PGRegexMatch,
        Some("~*") => BinaryOperator::PGRegexIMatch,
        Some("!~") => BinaryOperator::PGRegexNotMatch,
        Some("!~*") => BinaryOperator::PGRegexNotIMatch,
        Some("~~") => BinaryOperator::PGLikeMatch,
        Some("!~~") => BinaryOperator::PGNotLikeMatch,
        _ => return Err(Error::new("42883", format!("operator does not exist: {}", parts.join(".")))),
    };
    *op = plain;
    Ok(())
}

/// Whether a query is a recursive one of that name.
fn recurses_through(query: &Query, name: &str) -> bool {
    let Some(with) = query.with.as_ref().filter(|with| with.recursive) else { return false };
    matches!(with.cte_tables.as_slice(), [cte] if cte.alias.name.value == name)
}

/// A pattern with another escape character, or none, written with the backslash, the only one DataFusion knows.
fn escaped_by_backslash(pattern: &mut Expr, escape: &mut Option<ValueWithSpan>) {
    let Some(Value::SingleQuotedString(character)) = escape.as_ref().map(|escape| &escape.value) else { return };
    if character == "\\" {
        return;
    }
    let character = Expr::value(Value::SingleQuotedString(character.clone()));
    let arguments = vec![std::mem::replace(pattern, null()), character];
    *pattern = call("__like_pattern", arguments);
    *escape = None;
}

/// `x = '{0}'`, where `x` may be an array.
fn compared_with_array(expr: &mut Expr) {
    let Expr::BinaryOp { left, op: op @ (BinaryOperator::Eq | BinaryOperator::NotEq), right } = expr else { return };
    if literal_items(right).is_none() {
        return;
    }
    let parts = [left, right].map(|side| std::mem::replace(side.as_mut(), null()));
    let same = call("__same_text", parts.into());
    *expr = match op {
        BinaryOperator::Eq => same,
        _ => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(same) },
    };
}

/// `x = ANY (ARRAY[a, b])` is `x IN (a, b)`, and `x <> ALL (...)` its opposite.
fn of_list(expr: &mut Expr) {
    let (left, right, negated) = match expr {
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => (left, right, false),
        Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => (left, right, true),
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } => {
            if let Some(items) = literal_items(right) {
                **right = Expr::Array(Array { elem: items, named: true });
            }
            return;
        }
        _ => return,
    };
    let Some(list) = listed(right) else { return };
    let left = Box::new(std::mem::replace(left.as_mut(), null()));
    *expr = match (list.is_empty(), negated) {
        // No list is empty in SQL's IN.
        (true, negated) => Expr::value(Value::Boolean(negated)),
        (false, negated) => Expr::InList { expr: left, list, negated },
    };
}

/// The elements of an array written out, be it `ARRAY[...]` or `'{...}'`, under a cast or not.
fn listed(expr: &Expr) -> Option<Vec<Expr>> {
    match expr {
        Expr::Nested(inner) => listed(inner),
        Expr::Array(array) => Some(array.elem.iter().cloned().map(text_item).collect()),
        Expr::Cast { expr, data_type: DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)), .. } => {
            let items = match expr.as_ref() {
                Expr::Array(array) => array.elem.clone(),
                other => listed(other)?,
            };
            Some(items.into_iter().map(|item| casted(item, element.as_ref().clone())).collect())
        }
        other => literal_items(other),
    }
}

/// An element of an array is a text before anything else; what it is compared with tells it by blanks at its end alone.
fn text_item(item: Expr) -> Expr {
    match &item {
        Expr::Value(value) if matches!(&value.value, Value::SingleQuotedString(text) if text.ends_with(' ')) => {
            casted(item, DataType::Text)
        }
        _ => item,
    }
}

/// The elements of `'{a,b}'`; `None` for anything else.
fn literal_items(expr: &Expr) -> Option<Vec<Expr>> {
    let text = match expr {
        Expr::Nested(inner) => return literal_items(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => text,
            _ => return None,
        },
        _ => return None,
    };
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    let mut item = String::new();
    let (mut quoted, mut was_quoted, mut escaped) = (false, false, false);
    let push = |item: &mut String, was_quoted: bool, items: &mut Vec<Expr>| {
        let text = std::mem::take(item);
        let text = if was_quoted { text } else { text.trim().to_owned() };
        let is_null = !was_quoted && text.eq_ignore_ascii_case("null");
        items.push(if is_null { null() } else { Expr::value(Value::SingleQuotedString(text)) });
    };
    for c in inside.chars() {
        match c {
            c if escaped => {
                item.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            // An array of arrays is not taken apart.
            '{' | '}' if !quoted => return None,
            ',' if !quoted => {
                push(&mut item, was_quoted, &mut items);
                was_quoted = false;
            }
            c => item.push(c),
        }
    }
    if !inside.trim().is_empty() {
        push(&mut item, was_quoted, &mut items);
    }
    Some(items)
}

/// `t.keys[1]`, and the fields of `information_schema._pg_expandarray(...)`.
fn subscript(expr: &mut Expr) {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else { return };
    if let ([AccessExpr::Dot(Expr::Identifier(field))], Some(array)) = (access_chain.as_slice(), expanded_array(root)) {
        let element = match field.value.to_lowercase().as_str() {
            "n" => casted(call("unnest", vec![call("__ordinals", vec![array])]), DataType::Integer(None)),
            _ => call("unnest", vec![array]),
        };
        *expr = element;
        return;
    }
    let mut base = root.as_ref().clone();
    for access in access_chain.iter() {
        base = match (base, access) {
            (Expr::Identifier(name), AccessExpr::Dot(Expr::Identifier(field))) => {
                Expr::CompoundIdentifier(vec![name, field.clone()])
            }
            (Expr::CompoundIdentifier(mut parts), AccessExpr::Dot(Expr::Identifier(field))) => {
                parts.push(field.clone());
                Expr::CompoundIdentifier(parts)
            }
            (base, AccessExpr::Subscript(Subscript::Index { index })) => {
                let base = if let Expr::Nested(inner) = base { *inner } else { base };
                call("__subscript", vec![base, index.clone()])
            }
            (base, AccessExpr::Dot(Expr::Identifier(field))) => {
                let name = folded(field);
                call("get_field", vec![base, Expr::value(Value::SingleQuotedString(name))])
            }
            // Slices are DataFusion's.
            _ => return,
        };
    }
    *expr = base;
}

/// The argument of `_pg_expandarray` in `(unnest(__expanded(x))).n`, which that call has become.
fn expanded_array(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Nested(inner) => expanded_array(inner),
        Expr::Function(function) if last_part(&function.name)? == "unnest" => {
            let [inner] = <[Expr; 1]>::try_from(arguments(function)?).ok()?;
            let Expr::Function(inner) = inner else { return None };
            match last_part(&inner.name)?.as_str() {
                "__expanded" => arguments(&inner)?.pop(),
                _ => None,
            }
        }
        _ => None,
    }
}

fn instead_of(expr: &mut Expr) -> Option<Expr> {
    let Expr::Function(function) = expr else { return None };
    let name = last_part(&function.name)?;
    match name.as_str() {
        "array" => match std::mem::replace(&mut function.args, FunctionArguments::None) {
            FunctionArguments::Subquery(query) => Some(call("__or_empty", vec![Expr::Subquery(aggregated(query))])),
            other => {
                function.args = other;
                None
            }
        },
        "make_interval" => interval_made(function),
        "mod" => {
            let [left, right] = <[Expr; 2]>::try_from(arguments(function)?).ok()?;
            let [left, right] = [left, right].map(|operand| Box::new(Expr::Nested(Box::new(operand))));
            Some(Expr::Nested(Box::new(Expr::BinaryOp { left, op: BinaryOperator::Modulo, right })))
        }
        "_pg_expandarray" => Some(call("unnest", vec![call("__expanded", arguments(function)?)])),
        "generate_subscripts" => {
            let mut arguments = arguments(function)?;
            arguments.truncate(1);
            Some(call("unnest", vec![call("__subscripts", arguments)]))
        }
        "generate_series" => Some(call("unnest", vec![call(SERIES, arguments(function)?)])),
        "pg_partition_ancestors" => {
            let made = call("__partition_ancestors", arguments(function)?);
            Some(call("unnest", vec![made]))
        }
        "nextval" | "currval" | "setval" => {
            let mut arguments = arguments(function)?;
            let first = arguments.first_mut()?;
            if cast_to_object_type(first) != Some("regclass") {
                return None;
            }
            // A sequence is asked for by its name.
            let Expr::Function(inner) = first else { return None };
            *first = self::arguments(inner)?.pop()?;
            Some(call(&name, arguments))
        }
        _ => None,
    }
}

/// The query as one array of its only column, in its order.
fn aggregated(mut query: Box<Query>) -> Box<Query> {
    if !is_plain(&query) {
        let order = query.order_by.clone().filter(|order| is_by_only_column(order, &query));
        query = around(query);
        query.order_by = order.map(by_item);
    }
    let order = query.order_by.take();
    let SetExpr::Select(select) = query.body.as_mut() else { return query };
    let [item] = select.projection.as_slice() else { return query };
    let (value, name) = match item {
        SelectItem::UnnamedExpr(expr) => (expr.clone(), None),
        SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), Some(alias.value.clone())),
        _ => return query,
    };
    let mut keys = match order.map(|order| order.kind) {
        Some(OrderByKind::Expressions(keys)) => keys,
        _ => Vec::new(),
    };
    for key in &mut keys {
        let means_value = match &key.expr {
            Expr::Value(number) => matches!(&number.value, Value::Number(number, _) if number == "1"),
            Expr::Identifier(column) => name.as_deref() == Some(column.value.as_str()),
            _ => false,
        };
        if means_value {
            key.expr = value.clone();
        }
    }
    let array = ordered_call("array_agg", vec![value], keys);
    select.projection = vec![SelectItem::ExprWithAlias { expr: array, alias: Ident::new("array") }];
    query
}

/// Whether an order is by the only column of a query, which it calls by its place or its name.
fn is_by_only_column(order: &OrderBy, query: &Query) -> bool {
    let mut body = query.body.as_ref();
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let SetExpr::Select(select) = body else { return false };
    let name = match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(Expr::Identifier(name)) | SelectItem::ExprWithAlias { alias: name, .. }] => Some(name),
        _ => None,
    };
    let OrderByKind::Expressions(keys) = &order.kind else { return false };
    keys.iter().all(|key| match &key.expr {
        Expr::Value(number) => matches!(&number.value, Value::Number(number, _) if number == "1"),
        Expr::Identifier(column) => name.is_some_and(|name| folded(name) == folded(column)),
        _ => false,
    })
}

/// That order, of the column of [`around`].
fn by_item(mut order: OrderBy) -> OrderBy {
    if let OrderByKind::Expressions(keys) = &mut order.kind {
        keys.iter_mut().for_each(|key| key.expr = Expr::Identifier(Ident::new("__item")));
    }
    order
}

/// Whether a query is a SELECT of one column whose rows can be aggregated where they are.
fn is_plain(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let Select { distinct, group_by, having, projection, .. } = select.as_ref();
    let named = matches!(projection.as_slice(), [SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }]);
    let grouped = !matches!(group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let cut = query.limit_clause.is_some() || query.fetch.is_some() || query.with.is_some();
    let returns_rows = match projection.as_slice() {
        [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] => {
            matches!(expr, Expr::Function(function) if last_part(&function.name).as_deref() == Some("unnest"))
        }
        _ => false,
    };
    named && distinct.is_none() && !grouped && having.is_none() && !cut && !returns_rows
}

/// `SELECT __item FROM (query) AS __rows (__item)`.
fn around(query: Box<Query>) -> Box<Query> {
    let mut outer = parsed_query("SELECT __item FROM (SELECT 1) AS __rows (__item)");
    let SetExpr::Select(select) = outer.body.as_mut() else { unreachable!("it is a SELECT") };
    let TableFactor::Derived { subquery, .. } = &mut select.from[0].relation else {
        unreachable!("it selects from a subquery")
    };
    *subquery = query;
    outer
}

pub(super) fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) | Expr::TypedString(_) | Expr::Interval(_) => true,
        Expr::UnaryOp { expr, .. } | Expr::Nested(expr) | Expr::Cast { expr, .. } => is_literal(expr),
        _ => false,
    }
}

pub(super) fn argument(argument: &FunctionArg) -> Option<Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    }
}

fn arguments(function: &Function) -> Option<Vec<Expr>> {
    match &function.args {
        FunctionArguments::List(list) => list.args.iter().map(argument).collect(),
        _ => None,
    }
}

pub(super) fn last_part(name: &ObjectName) -> Option<String> {
    let part = name.0.last()?.as_ident()?;
    Some(folded(part))
}

/// A query that is written here.
pub(super) fn parsed_query(text: &str) -> Box<Query> {
    match grammar::statements(text).ok().and_then(|mut parsed| parsed.pop()) {
        Some(Statement::Query(query)) => query,
        _ => unreachable!("{text} was believed to be a query"),
    }
}

pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    ordered_call(name, arguments, Vec::new())
}

fn ordered_call(name: &str, arguments: Vec<Expr>, order: Vec<OrderByExpr>) -> Expr {
    let args = arguments.into_iter().map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))).collect();
    let clauses = if order.is_empty() { Vec::new() } else { vec![FunctionArgumentClause::OrderBy(order)] };
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn casted(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}

fn null() -> Expr {
    Expr::value(Value::Null)
}
