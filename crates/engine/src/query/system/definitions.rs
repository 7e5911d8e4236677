//! Every system table whose rows follow from the catalog alone.

use super::lazy::Definition;
use super::{columns, constraints, relations, relationships};

/// In the order in which they are listed.
pub(super) const DEFINITIONS: [&Definition; 11] = [
    &relationships::RELATIONSHIPS,
    &relations::SCHEMATA,
    &relations::TABLES,
    &relations::VIEWS,
    &relations::SEQUENCES,
    &columns::COLUMNS,
    &constraints::TABLE_CONSTRAINTS,
    &constraints::KEY_COLUMN_USAGE,
    &constraints::CONSTRAINT_COLUMN_USAGE,
    &constraints::REFERENTIAL_CONSTRAINTS,
    &constraints::CHECK_CONSTRAINTS,
];
