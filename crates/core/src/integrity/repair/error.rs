//! Why a repair is refused.

use super::super::close::{CloseError, Refused};
use crate::catalog::{RelationName, SqlType};
use crate::rows::RowsError;

/// Why a repair is refused.
#[derive(Debug)]
pub enum RepairError {
    /// Constraints would be violated.
    Refused(Box<Refused>),
    /// The method does not fit the key.
    Unfit(Unfit),
    /// Rows could not be read or expressions not be computed.
    Rows(RowsError),
}

/// How a method does not fit a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// SET NULL, and these columns refuse NULL.
    NotNull(Vec<String>),
    /// These columns are generated: nothing can be set in them, or inserted.
    Generated(Vec<String>),
    /// SET DEFAULT, and none of these columns has a default.
    NoDefault(Vec<String>),
    /// A new referenced row needs values in these columns that nobody knows.
    ParentNeeds(Vec<String>),
    /// The name of the side table is taken by something else.
    NameTaken(RelationName),
    /// The side table lacks a column of this name and type.
    SideColumn(RelationName, String, SqlType),
    /// The table has a column with the name of one of the side table's own.
    OwnColumn(String),
    /// So many rows would violate the key even then.
    Remaining(u64),
    /// A new referenced row needs values that so many rows do not tell: they are NULL in these referencing columns.
    PartlyNull(Vec<String>, u64),
}

impl From<RowsError> for RepairError {
    fn from(error: RowsError) -> Self {
        RepairError::Rows(error)
    }
}

impl From<CloseError> for RepairError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Refused(refused) => RepairError::Refused(refused),
            CloseError::Rows(error) => RepairError::Rows(error),
        }
    }
}

impl From<arrow::error::ArrowError> for RepairError {
    fn from(error: arrow::error::ArrowError) -> Self {
        RepairError::Rows(error.into())
    }
}
