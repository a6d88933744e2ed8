//! Behaviours of the real binary, seen from outside: one module for each family.

// A test that meets the unexpected should end there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc)]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod authorization;
mod bad_input;
mod caldav;
mod cli;
mod crew;
mod durability;
mod exchanges;
mod feeds;
mod four_ways;
mod gzip;
mod heartbeat;
mod kept;
mod links;
mod mail;
mod manager;
mod metrics;
mod outside;
mod packaging;
mod pagers;
mod pages;
mod planning;
mod process;
mod push;
mod race;
mod redaction;
mod reports;
mod rolling;
mod scheduling;
mod sending;
mod sharing;
mod snapshot;
mod swaps;
mod tls;
mod two_servers;
mod webhooks;
