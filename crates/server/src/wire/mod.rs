//! The messages of PostgreSQL's protocol, version 3: how they lie on the wire. Nothing here knows of sessions.
//!
//! ```text
//!   type u8 │ length i32, itself included │ body          the first messages of a connection have no type
//! ```
//!
//! What a client sends is outside data: every length and count is checked against what there is before it is used.

pub mod backend;
pub mod frontend;
pub mod reader;
