//! The PostgreSQL wire protocol over bowline's sessions.
