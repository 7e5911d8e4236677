//! What the schemas of system tables and the database are called.

/// The schemas of system tables.
pub(in crate::query) const SCHEMAS: [&str; 3] = ["bowline", "information_schema", "pg_catalog"];

/// Stands for the database in rows of `information_schema`, which name it as the session does.
pub(in crate::query) const DATABASE: &str = "bowline";
