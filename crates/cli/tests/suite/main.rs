//! Tests of the `bowline` command as its users meet it: one binary, so that the command is linked once.

mod cli;
mod clients;
mod differential;
mod golden;
mod grammar;
mod killed;
mod postgres;
mod random;
mod serve;
mod server;
mod wire;
