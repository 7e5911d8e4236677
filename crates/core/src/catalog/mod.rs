//! What a database declares: schemas, tables, keys, foreign keys, checks, views and sequences.
//!
//! A [`Catalog`] is an immutable value inside a snapshot; changing it means making another one. The rules a
//! declaration must obey are in [`well_formed`], each with an error of its own.

mod constraint;
mod expression;
mod foreign_key;
mod ids;
mod names;
mod relationship;
mod sql_type;
mod table;

mod collection;
mod error;
mod search_path;
mod temporary;
pub mod well_formed;

pub use collection::{Catalog, DEFAULT_SCHEMA, Relation, RelationName, Schema, Sequence, View};
pub use constraint::{
    CandidateKey, Characteristics, Check, ColumnOrder, Index, IndexDeclaration, IndexMethod, KeyOrigin, NotNull,
};
pub use error::{CatalogError, TypedColumn};
pub use expression::Expression;
pub use foreign_key::{Event, ForeignKey, MatchType, ReferentialAction, Rule};
pub use ids::{ColumnId, ConstraintId, SequenceId, TableId};
pub use names::{NAME_BYTES_MAX, NameTaken, constraint_name};
pub use relationship::{Cardinality, Relationship, relationships};
pub use search_path::{SYSTEM_SCHEMA, SearchPath};
pub use sql_type::SqlType;
pub use table::{Column, Identity, Table};
pub use temporary::{OnCommit, TEMPORARY_SCHEMA};
