//! Behaviours of the real binary, seen from outside: one module for each family.

#[path = "../support/mod.rs"]
mod support;

mod limits;
mod process;
