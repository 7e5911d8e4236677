//! Referential integrity.
