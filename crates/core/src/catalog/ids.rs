//! Identifiers that stay the same when the thing they name is renamed.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);
    )*};
}

id! {
    /// A table, unique in the catalog and never used again.
    TableId,
    /// A column, unique in its table and never used again.
    ColumnId,
    /// A key, foreign key, check or index, unique in the catalog and never used again.
    ConstraintId,
    /// A sequence, unique in the catalog and never used again.
    SequenceId,
}
