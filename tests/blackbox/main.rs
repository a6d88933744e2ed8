//! Behaviours of the real binary, seen from outside: one module for each family.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod feeds;
mod limits;
mod pages;
mod process;
mod redaction;
mod swaps;
