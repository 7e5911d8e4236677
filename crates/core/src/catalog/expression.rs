//! Expressions of a declaration: defaults, checks and generated columns.

use serde::{Deserialize, Serialize};

/// An SQL expression, carried as text; the engine above gives it meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expression(pub String);
