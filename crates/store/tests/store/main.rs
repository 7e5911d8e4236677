//! The store from outside: what was committed is there again, whatever happened in between.

mod database;
mod faulty;

mod compatibility;
mod damage;
mod faults;
mod opening;
mod reopening;
