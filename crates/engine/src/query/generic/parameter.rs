//! A parameter in a plan that is kept: a call that gives the value of the execution that is running.
//!
//! While the plan is made there is no such value, and asking for one is an error: what planning computes once and for all
//! cannot depend on a parameter unseen. The values are of one execution at a time, which has its [`Turn`].

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::{Cast, Placeholder, ScalarFunction};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::create_physical_expr;
use parking_lot::RwLock;

use super::super::parameters::place;
use super::super::{state, tree};

/// The values of `$1`, `$2`, ... of one plan.
#[derive(Debug)]
pub(super) struct Values {
    /// Those it was planned with: what scans estimate their rows by.
    typical: Vec<ScalarValue>,
    /// Those of the execution that is running.
    running: RwLock<Option<Vec<ScalarValue>>>,
}

impl Values {
    pub fn planned_with(typical: &[ScalarValue]) -> Arc<Values> {
        Arc::new(Values { typical: typical.to_vec(), running: RwLock::default() })
    }

    /// An execution with these values; `None` while there is another.
    pub fn turn(self: &Arc<Self>, running: &[ScalarValue]) -> Option<Turn> {
        let mut taken = self.running.write();
        if taken.is_some() {
            return None;
        }
        *taken = Some(running.to_vec());
        Some(Turn(self.clone()))
    }
}

/// One execution's use of the values; the next may begin when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Arc<Values>);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.running.write() = None;
    }
}

/// A call that stands for a parameter.
#[derive(Debug)]
struct Parameter {
    /// From 0.
    place: usize,
    field: FieldRef,
    values: Arc<Values>,
    signature: Signature,
}

impl Parameter {
    /// The value of now; while planning, the one it is planned with.
    fn known(&self) -> Option<ScalarValue> {
        match self.values.running.read().as_ref() {
            Some(running) => running.get(self.place).cloned(),
            None => self.values.typical.get(self.place).cloned(),
        }
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Parameter) -> bool {
        self.place == other.place && Arc::ptr_eq(&self.values, &other.values)
    }
}

impl Eq for Parameter {}

impl Hash for Parameter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

impl ScalarUDFImpl for Parameter {
    fn name(&self) -> &str {
        "parameter"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(self.field.clone())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let running = self.values.running.read();
        match running.as_ref().and_then(|values| values.get(self.place)) {
            Some(value) => Ok(ColumnarValue::Scalar(value.clone())),
            None => exec_err!("${} has no value yet", self.place + 1),
        }
    }
}

/// The plan with calls in the place of the statement's parameters.
pub(super) fn with_calls(plan: LogicalPlan, values: &Arc<Values>) -> Result<LogicalPlan> {
    replaced(plan, &|part| match part {
        Expr::Placeholder(placeholder) => Ok(call(placeholder, values)),
        _ => Ok(None),
    })
}

/// The plan with literals in the place of the parameters at these places.
pub(super) fn with_literals(plan: LogicalPlan, fixed: &[(usize, ScalarValue)]) -> Result<LogicalPlan> {
    replaced(plan, &|part| {
        let Expr::Placeholder(placeholder) = part else { return Ok(None) };
        let value = fixed.iter().find(|(known, _)| place(&placeholder.id) == Some(*known));
        Ok(value.map(|(_, value)| Expr::Literal(value.clone(), None)))
    })
}

/// The plan with something else in the place of parts of expressions, where there is something. Every expression keeps its name.
pub(super) fn replaced(plan: LogicalPlan, by: &dyn Fn(&Expr) -> Result<Option<Expr>>) -> Result<LogicalPlan> {
    tree::change_operators(plan, |node| {
        tree::change_parts_of(node, |part| Ok(by(&part)?.map_or(Transformed::no(part), Transformed::yes)))
    })
}

/// The call that stands for a parameter; `None` for one that has no number, or no type, which then cannot be run.
fn call(placeholder: &Placeholder, values: &Arc<Values>) -> Option<Expr> {
    let place = place(&placeholder.id).filter(|place| *place < values.typical.len())?;
    let field = placeholder.field.clone().or_else(|| known_type(&values.typical[place]))?;
    // Volatile, so that nothing computes it before its time.
    let signature = Signature::nullary(Volatility::Volatile);
    let function = Parameter { place, field, values: values.clone(), signature };
    Some(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(function)), Vec::new())))
}

/// The type of a parameter whose place in the plan does not tell it.
fn known_type(value: &ScalarValue) -> Option<FieldRef> {
    (!value.data_type().is_null()).then(|| Arc::new(Field::new("", value.data_type(), true)))
}

/// A filter with the values of its parameters, and what follows from them. A parameter whose value is not known yet counts as some
/// value of its type.
pub(in crate::query) fn with_values(filter: &Expr) -> Expr {
    let valued = tree::change_parts(filter.clone(), |part| {
        let value = match &part {
            Expr::Placeholder(Placeholder { field: Some(field), .. }) => {
                ScalarValue::new_default(field.data_type()).ok()
            }
            Expr::ScalarFunction(call) if call.args.is_empty() => {
                call.func.inner().downcast_ref::<Parameter>().and_then(Parameter::known)
            }
            _ => return Ok(followed(part)),
        };
        Ok(value.map_or(Transformed::no(part), |value| Transformed::yes(Expr::Literal(value, None))))
    });
    valued.unwrap_or_else(|_| filter.clone())
}

/// What a part of a condition is, its own parts being known.
fn followed(part: Expr) -> Transformed<Expr> {
    if let Expr::BinaryExpr(BinaryExpr { left, op, right }) = &part {
        let (known, other) = match (left.as_ref(), right.as_ref()) {
            (Expr::Literal(ScalarValue::Boolean(Some(known)), _), other)
            | (other, Expr::Literal(ScalarValue::Boolean(Some(known)), _)) => (*known, other),
            _ => return computed(part),
        };
        return match (op, known) {
            (Operator::Or, false) | (Operator::And, true) => Transformed::yes(other.clone()),
            (Operator::Or, true) | (Operator::And, false) => {
                Transformed::yes(Expr::Literal(ScalarValue::Boolean(Some(known)), None))
            }
            _ => computed(part),
        };
    }
    computed(part)
}

/// The value of a part all of whose own parts are known. What is an error is left to the filter itself.
fn computed(part: Expr) -> Transformed<Expr> {
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
    let is_known = match &part {
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => is_literal(left) && is_literal(right),
        Expr::Cast(Cast { expr, .. }) => is_literal(expr),
        Expr::ScalarFunction(ScalarFunction { func, args }) => {
            let is_immutable = func.signature().volatility == Volatility::Immutable;
            is_immutable && !args.is_empty() && args.iter().all(is_literal)
        }
        Expr::IsNull(expr) | Expr::IsNotNull(expr) | Expr::Not(expr) | Expr::Negative(expr) => is_literal(expr),
        _ => false,
    };
    let value = || -> Result<ScalarValue> {
        let schema = DFSchema::empty();
        let physical = create_physical_expr(
            &part,
            &schema,
            state::lasting().execution_props(),
            &PhysicalPlanningContext::default(),
        )?;
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(schema.inner().clone(), Vec::new(), &options)?;
        ScalarValue::try_from_array(&physical.evaluate(&row)?.into_array(1)?, 0)
    };
    match if is_known { value().ok() } else { None } {
        Some(value) => Transformed::yes(Expr::Literal(value, None)),
        None => Transformed::no(part),
    }
}
