//! `pg_advisory_lock` and its kin, as functions of one session.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::advisory::{AdvisoryKey, AdvisoryLock, HeldBy, SessionLocks, Strength};
use crate::display::TYPE_KEY;
use crate::error::Error;

/// What a function does with its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Does {
    Lock,
    TryLock,
    Unlock,
    UnlockAll,
}

use Does::{Lock, TryLock, Unlock, UnlockAll};
use HeldBy::{Session, Transaction};
use Strength::{Exclusive, Shared};

/// Each function: its name, what it does, with which lock.
const FUNCTIONS: [(&str, Does, Strength, HeldBy); 11] = [
    ("pg_advisory_lock", Lock, Exclusive, Session),
    ("pg_advisory_lock_shared", Lock, Shared, Session),
    ("pg_advisory_xact_lock", Lock, Exclusive, Transaction),
    ("pg_advisory_xact_lock_shared", Lock, Shared, Transaction),
    ("pg_try_advisory_lock", TryLock, Exclusive, Session),
    ("pg_try_advisory_lock_shared", TryLock, Shared, Session),
    ("pg_try_advisory_xact_lock", TryLock, Exclusive, Transaction),
    ("pg_try_advisory_xact_lock_shared", TryLock, Shared, Transaction),
    ("pg_advisory_unlock", Unlock, Exclusive, Session),
    ("pg_advisory_unlock_shared", Unlock, Shared, Session),
    ("pg_advisory_unlock_all", UnlockAll, Exclusive, Session),
];

/// Whether a function takes or gives back locks.
pub(crate) fn is_advisory(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// The functions of a session, by name.
pub(super) fn functions(locks: &Arc<SessionLocks>) -> impl Iterator<Item = (&'static str, Arc<ScalarUDF>)> {
    FUNCTIONS.into_iter().map(|(name, does, strength, by)| {
        let function = AdvisoryFunction { name, does, strength, by, locks: locks.clone(), signature: signature(does) };
        (name, Arc::new(ScalarUDF::new_from_impl(function)))
    })
}

fn signature(does: Does) -> Signature {
    match does {
        UnlockAll => Signature::nullary(Volatility::Volatile),
        _ => Signature::one_of(
            vec![
                TypeSignature::Exact(vec![DataType::Int64]),
                TypeSignature::Exact(vec![DataType::Int64, DataType::Int64]),
            ],
            Volatility::Volatile,
        ),
    }
}

#[derive(Debug)]
struct AdvisoryFunction {
    name: &'static str,
    does: Does,
    strength: Strength,
    by: HeldBy,
    locks: Arc<SessionLocks>,
    signature: Signature,
}

impl PartialEq for AdvisoryFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.locks, &other.locks)
    }
}

impl Eq for AdvisoryFunction {}

impl Hash for AdvisoryFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for AdvisoryFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.does {
            TryLock | Unlock => DataType::Boolean,
            Lock | UnlockAll => DataType::Utf8,
        })
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name, self.return_type(&[])?, true);
        Ok(Arc::new(match self.does {
            TryLock | Unlock => field,
            Lock | UnlockAll => field.with_metadata([(TYPE_KEY.to_owned(), "void".to_owned())].into()),
        }))
    }

    /// Row by row, for each call takes or gives back a lock.
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let numbers = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        let mut done = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            done.push(match numbers.iter().any(|array| array.is_null(row)) {
                true => None,
                false => Some(self.call(&numbers, row).map_err(|error| DataFusionError::External(Box::new(error)))?),
            });
        }
        let values: ArrayRef = match self.does {
            TryLock | Unlock => Arc::new(BooleanArray::from(done)),
            Lock | UnlockAll => Arc::new(done.iter().map(|done| done.map(|_| "")).collect::<StringArray>()),
        };
        Ok(ColumnarValue::Array(values))
    }
}

impl AdvisoryFunction {
    fn call(&self, numbers: &[ArrayRef], row: usize) -> Result<bool, Error> {
        let number = |array: &ArrayRef| array.as_primitive::<Int64Type>().value(row);
        let half =
            |array: &ArrayRef| i32::try_from(number(array)).map_err(|_| Error::new("22003", "integer out of range"));
        let key = match numbers {
            [] => {
                self.locks.give_back_all();
                return Ok(true);
            }
            [one] => AdvisoryKey::One(number(one)),
            [first, second, ..] => AdvisoryKey::Two(half(first)?, half(second)?),
        };
        let lock = AdvisoryLock { key, strength: self.strength, by: self.by };
        match self.does {
            Lock => self.locks.take(lock).map(|()| true),
            TryLock => Ok(self.locks.try_take(lock)),
            Unlock | UnlockAll => Ok(self.locks.give_back(lock)),
        }
    }
}
