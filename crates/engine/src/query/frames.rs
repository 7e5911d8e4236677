//! The offsets of window frames, `ROWS BETWEEN $1 PRECEDING AND 1 + 1 FOLLOWING`: any constant expression, as PostgreSQL has them.
//!
//! ```text
//!   text   RANGE BETWEEN $1 PRECEDING …    taken out: offset 0 is `$1`; in its place stands its number
//!   plan   RANGE BETWEEN  0 PRECEDING …    computed: offset 0 is 7 days; judged and put in, of the type ORDER BY asks for
//! ```
//!
//! DataFusion knows literals only, and rounds them to the type of what is ordered by. Where that would change an offset, what is
//! ordered by is cast instead: `ORDER BY n RANGE 0.255 PRECEDING` compares three digits also where `n` has two.
//! Source: PostgreSQL documentation, Window Function Calls.

use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, IntervalMonthDayNano, IntervalUnit, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::{Cast, WindowFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, WindowFrame, WindowFrameBound, WindowFrameUnits};
use datafusion::sql::sqlparser::ast::{
    self, Expr as SqlExpr, NamedWindowExpr, Statement, Value, WindowSpec, WindowType,
};

use super::errors::type_words;
use super::parameters::parameter;
use super::{literal, tree};
use crate::error::Error;
use crate::walk::{self, Step};

/// The offsets of a statement's frames, in whose places their numbers stand.
#[derive(Debug, Default)]
pub(super) struct Offsets(Vec<SqlExpr>);

/// An offset that is computed.
#[derive(Debug, Clone)]
pub(super) struct Offset {
    pub value: ScalarValue,
    /// Whether it is a literal in quotes or a parameter, which are of any type.
    pub untyped: bool,
}

impl Offsets {
    /// Takes the offsets out of a statement. Errors: 42P20 for frames that end before they start or lack an ORDER BY, 42P10 for
    /// an offset that is not constant.
    pub fn take(statement: &mut Statement) -> Result<Offsets, Error> {
        let mut offsets = Offsets::default();
        walk::try_change(statement, |step| match step {
            Step::BeforeSelect(select) => {
                select.named_window.iter_mut().try_for_each(|definition| match &mut definition.1 {
                    NamedWindowExpr::WindowSpec(window) => offsets.window(window),
                    NamedWindowExpr::NamedWindow(_) => Ok(()),
                })
            }
            Step::BeforeExpr(SqlExpr::Function(function)) => match &mut function.over {
                Some(WindowType::WindowSpec(window)) => offsets.window(window),
                _ => Ok(()),
            },
            _ => Ok(()),
        })?;
        Ok(offsets)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The places of the parameters in them, from 0; `None` if a function is called, which may tell of now.
    pub fn parameters(&self) -> Option<Vec<usize>> {
        let mut places = Vec::new();
        for offset in &self.0 {
            let calls = walk::any_expr(offset, |part| {
                places.extend(parameter(part).and_then(|number| number.checked_sub(1)));
                matches!(part, SqlExpr::Function(_))
            });
            if calls {
                return None;
            }
        }
        Some(places)
    }

    /// The offsets as they are written, by number.
    pub fn iter(&self) -> impl Iterator<Item = &SqlExpr> {
        self.0.iter()
    }

    fn bound(&mut self, bound: &mut ast::WindowFrameBound, what: &str) -> Result<(), Error> {
        let (ast::WindowFrameBound::Preceding(Some(offset)) | ast::WindowFrameBound::Following(Some(offset))) = bound
        else {
            return Ok(());
        };
        let is_column = |part: &SqlExpr| matches!(part, SqlExpr::Identifier(_) | SqlExpr::CompoundIdentifier(_));
        if walk::any_expr(offset.as_ref(), is_column) {
            return Err(Error::new("42P10", format!("argument of {what} must not contain variables")));
        }
        // The same window written twice is one window.
        let known = self.0.iter().position(|known| known == offset.as_ref());
        let number = Box::new(SqlExpr::value(Value::Number(known.unwrap_or(self.0.len()).to_string(), false)));
        let taken = std::mem::replace(offset, number);
        if known.is_none() {
            self.0.push(*taken);
        }
        Ok(())
    }

    fn window(&mut self, window: &mut WindowSpec) -> Result<(), Error> {
        let is_alone = window.window_name.is_none();
        let keys = window.order_by.len();
        let Some(frame) = &mut window.window_frame else { return Ok(()) };
        let end = frame.end_bound.clone().unwrap_or(ast::WindowFrameBound::CurrentRow);
        check_order(&frame.start_bound, &end)?;
        let what = frame.units.to_string();
        let has_offset = |bound: &ast::WindowFrameBound| {
            matches!(bound, ast::WindowFrameBound::Preceding(Some(_)) | ast::WindowFrameBound::Following(Some(_)))
        };
        if is_alone && keys == 0 && frame.units == ast::WindowFrameUnits::Groups {
            return Err(Error::new("42P20", "GROUPS mode requires an ORDER BY clause"));
        }
        let offsets = has_offset(&frame.start_bound) || has_offset(&end);
        if is_alone && keys != 1 && offsets && frame.units == ast::WindowFrameUnits::Range {
            let message = "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column";
            return Err(Error::new("42P20", message));
        }
        self.bound(&mut frame.start_bound, &what)?;
        frame.end_bound.as_mut().map_or(Ok(()), |bound| self.bound(bound, &what))
    }
}

fn check_order(start: &ast::WindowFrameBound, end: &ast::WindowFrameBound) -> Result<(), Error> {
    use ast::WindowFrameBound::{CurrentRow, Following, Preceding};
    let message = match (start, end) {
        (Following(None), _) => "frame start cannot be UNBOUNDED FOLLOWING",
        (_, Preceding(None)) => "frame end cannot be UNBOUNDED PRECEDING",
        (CurrentRow, Preceding(_)) => "frame starting from current row cannot have preceding rows",
        (Following(_), CurrentRow | Preceding(_)) => "frame starting from following row cannot have preceding rows",
        _ => return Ok(()),
    };
    Err(Error::new("42P20", message))
}

/// Whether an offset is of any type: a literal in quotes or a parameter.
pub(super) fn is_untyped(written: &SqlExpr) -> bool {
    match written {
        SqlExpr::Nested(inner) => is_untyped(inner),
        SqlExpr::Value(value) => matches!(value.value, Value::SingleQuotedString(_) | Value::Placeholder(_)),
        _ => false,
    }
}

/// Puts computed offsets into the frames of a plan. Errors: 22004 and 22013 for an offset that is NULL or negative, 42804 and
/// 0A000 for one of the wrong type, 22P02 for a text that is none.
pub(super) fn apply(plan: LogicalPlan, offsets: &[Offset]) -> Result<LogicalPlan> {
    let offset = |bound: &WindowFrameBound| number(bound).map(|at| offsets[at].clone());
    in_frames(plan, &|mut window, schema| {
        let units = window.params.window_frame.units;
        let start = offset(&window.params.window_frame.start_bound);
        let end = offset(&window.params.window_frame.end_bound);
        let (start, end) = if units == WindowFrameUnits::Range {
            let Some(key) = window.params.order_by.first_mut() else { return Ok(window) };
            let present: Vec<&Offset> = start.iter().chain(end.iter()).collect();
            if let Some(wider) = compared_as(&key.expr.get_type(schema)?, &present).map_err(external)? {
                key.expr = Expr::Cast(Cast::new(Box::new(key.expr.clone()), wider));
            }
            let compared = key.expr.get_type(schema)?;
            let value = |offset: Option<Offset>, side| offset.map(|offset| distance(&offset, &compared, side));
            (value(start, "starting").transpose(), value(end, "ending").transpose())
        } else {
            let value = |offset: Option<Offset>, side| offset.map(|offset| rows(&offset, units, side));
            (value(start, "starting").transpose(), value(end, "ending").transpose())
        };
        let frame = &window.params.window_frame;
        let start_bound = with(&frame.start_bound, start.map_err(external)?);
        let end_bound = with(&frame.end_bound, end.map_err(external)?);
        window.params.window_frame = WindowFrame::new_bounds(units, start_bound, end_bound);
        Ok(window)
    })
}

/// The plan with frames of the current row in place of those whose offsets are not known yet: its columns are the same.
pub(super) fn without_offsets(plan: LogicalPlan) -> Result<LogicalPlan> {
    in_frames(plan, &|mut window, _| {
        let units = window.params.window_frame.units;
        let (start, end) = (WindowFrameBound::CurrentRow, WindowFrameBound::CurrentRow);
        window.params.window_frame = WindowFrame::new_bounds(units, start, end);
        Ok(window)
    })
}

/// The types that frames ask of their offsets, by number; `None` for those of no frame.
pub(super) fn types(plan: &LogicalPlan, count: usize) -> Result<Vec<Option<FieldRef>>> {
    let mut types = vec![None; count];
    tree::each_operator(plan, |node| {
        let LogicalPlan::Window(window) = node else { return Ok(TreeNodeRecursion::Continue) };
        tree::each_part_of(node, |part| {
            let Expr::WindowFunction(window_function) = part else { return Ok(TreeNodeRecursion::Continue) };
            let params = &window_function.params;
            let asked = match (params.window_frame.units, params.order_by.first()) {
                (WindowFrameUnits::Range, Some(key)) => offset_type(&key.expr.get_type(window.input.schema())?),
                _ => DataType::Int64,
            };
            let bounds = [&params.window_frame.start_bound, &params.window_frame.end_bound];
            for at in bounds.into_iter().filter_map(number) {
                types[at] = Some(Arc::new(Field::new("", asked.clone(), true)));
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(types)
}

fn in_frames(
    plan: LogicalPlan,
    change: &dyn Fn(WindowFunction, &DFSchema) -> Result<WindowFunction>,
) -> Result<LogicalPlan> {
    tree::change_operators(plan, |node| {
        if !matches!(node, LogicalPlan::Window(_)) {
            return Ok(Transformed::no(node));
        }
        let schema = merge_schema(&node.inputs());
        tree::change_parts_of(node, |part| match part {
            Expr::WindowFunction(window) if has_offsets(&window) => {
                Ok(Transformed::yes(Expr::WindowFunction(Box::new(change(*window, &schema)?))))
            }
            other => Ok(Transformed::no(other)),
        })
    })
}

fn has_offsets(window: &WindowFunction) -> bool {
    let frame = &window.params.window_frame;
    number(&frame.start_bound).is_some() || number(&frame.end_bound).is_some()
}

/// The number that stands for an offset.
fn number(bound: &WindowFrameBound) -> Option<usize> {
    let (WindowFrameBound::Preceding(value) | WindowFrameBound::Following(value)) = bound else { return None };
    match value {
        ScalarValue::UInt64(Some(number)) => usize::try_from(*number).ok(),
        ScalarValue::Utf8(Some(number)) => number.parse().ok(),
        _ => None,
    }
}

fn with(bound: &WindowFrameBound, offset: Option<ScalarValue>) -> WindowFrameBound {
    match (bound, offset) {
        (WindowFrameBound::Preceding(_), Some(offset)) => WindowFrameBound::Preceding(offset),
        (WindowFrameBound::Following(_), Some(offset)) => WindowFrameBound::Following(offset),
        (bound, _) => bound.clone(),
    }
}

/// An offset of ROWS or GROUPS.
fn rows(offset: &Offset, units: WindowFrameUnits, side: &str) -> Result<ScalarValue, Error> {
    let count = match &offset.value {
        ScalarValue::Utf8(Some(text)) if offset.untyped => read(text, SqlType::BigInt)?,
        value if value.is_null() => return Err(is_null(side)),
        value if value.data_type().is_numeric() => {
            let rounded = match value.data_type() {
                DataType::Decimal128(..) => value.cast_to(&DataType::Decimal128(38, 0)),
                _ => Ok(value.clone()),
            };
            let cast = rounded.and_then(|value| value.cast_to(&DataType::Int64));
            cast.map_err(|_| Error::new("22003", "bigint out of range"))?
        }
        value => {
            let name = type_words(&value.data_type().to_string());
            let message = format!("argument of {units} must be type bigint, not type {name}");
            return Err(Error::new("42804", message));
        }
    };
    let ScalarValue::Int64(Some(count)) = count else { return Err(is_null(side)) };
    match u64::try_from(count) {
        Ok(count) => Ok(ScalarValue::UInt64(Some(count))),
        Err(_) => Err(Error::new("22013", format!("frame {side} offset must not be negative"))),
    }
}

/// An offset of RANGE, to be added to values of type `key`.
fn distance(offset: &Offset, key: &DataType, side: &str) -> Result<ScalarValue, Error> {
    let value = match (&offset.value, key) {
        (ScalarValue::Utf8(Some(text)), _) if offset.untyped => read(text, sql_type(key))?,
        (value, _) if value.is_null() => return Err(is_null(side)),
        (value, _) => value.clone(),
    };
    let asked = offset_type(key);
    let cast = value.cast_to(&asked);
    let value = cast.map_err(|_| Error::new("22003", format!("{} out of range", type_words(&asked.to_string()))))?;
    let is_negative = match &value {
        ScalarValue::Int16(value) => value.is_some_and(|value| value < 0),
        ScalarValue::Int32(value) => value.is_some_and(|value| value < 0),
        ScalarValue::Int64(value) => value.is_some_and(|value| value < 0),
        ScalarValue::Decimal128(value, ..) => value.is_some_and(|value| value < 0),
        ScalarValue::Float64(value) => value.is_some_and(|value| value < 0.0 || value.is_nan()),
        ScalarValue::IntervalMonthDayNano(value) => value.is_some_and(|value| length(value) < 0),
        _ => false,
    };
    match is_negative {
        true => Err(Error::new("22013", "invalid preceding or following size in window function")),
        false => Ok(value),
    }
}

/// How long an interval is, in nanoseconds, a month being 30 days.
fn length(interval: IntervalMonthDayNano) -> i128 {
    const DAY: i128 = 86_400_000_000_000;
    (i128::from(interval.months) * 30 + i128::from(interval.days)) * DAY + i128::from(interval.nanoseconds)
}

/// What is ordered by has to be cast to, so that offsets can be added to it as they are; `None` if it needs no cast.
/// Errors: 0A000 for types that are not added.
fn compared_as(key: &DataType, offsets: &[&Offset]) -> Result<Option<DataType>, Error> {
    let typed = || offsets.iter().filter(|offset| !offset.untyped).map(|offset| offset.value.data_type());
    let takes = |asked: &dyn Fn(&DataType) -> bool| match typed().find(|given| !given.is_null() && !asked(given)) {
        Some(given) => Err(unsupported(key, Some(&given))),
        None => Ok(()),
    };
    match key {
        DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            takes(&DataType::is_integer)?;
            let fits = |offset: &&Offset| offset.untyped || offset.value.cast_to(key).is_ok();
            Ok((!offsets.iter().all(fits)).then_some(DataType::Int64))
        }
        DataType::Decimal128(precision, scale) => {
            takes(&|given| given.is_integer() || matches!(given, DataType::Decimal128(..)))?;
            let finer = offsets.iter().map(|offset| match (&offset.value, offset.untyped) {
                (ScalarValue::Decimal128(_, _, scale), _) => *scale,
                (ScalarValue::Utf8(Some(text)), true) => {
                    text.split_once('.').map_or(0, |(_, digits)| i8::try_from(digits.trim_end().len()).unwrap_or(38))
                }
                _ => 0,
            });
            let finest = finer.max().unwrap_or_default().max(*scale);
            let wider = DataType::Decimal128(38, finest);
            Ok((finest > *scale || *precision < 38).then_some(wider))
        }
        DataType::Float32 | DataType::Float64 => {
            takes(&DataType::is_numeric)?;
            Ok((*key == DataType::Float32).then_some(DataType::Float64))
        }
        DataType::Date32 => {
            takes(&is_interval)?;
            Ok(Some(DataType::Timestamp(TimeUnit::Microsecond, None)))
        }
        DataType::Timestamp(..) => takes(&is_interval).map(|()| None),
        other => Err(unsupported(other, None)),
    }
}

fn is_interval(given: &DataType) -> bool {
    matches!(given, DataType::Interval(_))
}

/// The type of what is added to a value.
fn offset_type(key: &DataType) -> DataType {
    match key {
        DataType::Date32 | DataType::Timestamp(..) => DataType::Interval(IntervalUnit::MonthDayNano),
        DataType::Float32 => DataType::Float64,
        other => other.clone(),
    }
}

/// The type an offset of no type is read as.
fn sql_type(key: &DataType) -> SqlType {
    match key {
        DataType::Int16 => SqlType::SmallInt,
        DataType::Int32 => SqlType::Integer,
        DataType::Int64 => SqlType::BigInt,
        DataType::Decimal128(precision, scale) => SqlType::Numeric(Some((*precision, *scale))),
        DataType::Float32 | DataType::Float64 => SqlType::Double,
        _ => SqlType::Interval,
    }
}

fn read(text: &str, sql_type: SqlType) -> Result<ScalarValue, Error> {
    let read = literal::parse(&StringArray::from(vec![text]), sql_type)?;
    ScalarValue::try_from_array(&read, 0).map_err(super::error)
}

fn unsupported(key: &DataType, given: Option<&DataType>) -> Error {
    let key = type_words(key.to_string().split('(').next().unwrap_or_default());
    let message = format!("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {key}");
    match given {
        Some(given) => {
            let given = type_words(given.to_string().split('(').next().unwrap_or_default());
            Error::unsupported(
                format!("{message} and offset type {given}"),
                "Cast the offset value to an appropriate type.",
            )
        }
        None => Error::unsupported(message, "Order by a number, a date or a timestamp, or use ROWS or GROUPS."),
    }
}

fn is_null(side: &str) -> Error {
    Error::new("22004", format!("frame {side} offset must not be null"))
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
