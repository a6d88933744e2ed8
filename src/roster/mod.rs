//! The roster: decisions as pure functions over plain data. Loaded by `service`, stored by `store`.
//!
//! [`pattern`] turns demand into slots, [`availability`] calendars into who can when, [`burden`] and [`balance`] hours
//! into points and fair shares; [`rules`] says what must not be, [`recommend`] who should, [`solve`] fills a draft of a
//! [`plan`], [`verdict`] how good that is, [`what_if`] what a change to it would do, [`diff`] and [`report`] tell people about it, [`requirement`]
//! what somebody still needs for a role, [`reminder`] what rings on a phone, [`snapshot`] who is on call where no server answers, [`overrides`] what
//! is to be done at a pager.

pub mod apart;
pub mod availability;
pub mod balance;
pub mod burden;
pub mod check;
pub mod diff;
pub mod explain;
pub mod handover;
pub mod holidays;
pub mod incoming;
pub mod link;
pub mod marks;
pub mod model;
pub mod overrides;
pub mod packs;
pub mod pattern;
pub mod phrase;
pub mod plan;
pub mod quiet;
pub mod reading;
pub mod recommend;
pub mod reminder;
pub mod report;
pub mod requirement;
pub mod rules;
#[cfg(test)]
pub(crate) mod sample;
pub mod shift_event;
pub mod shortage;
pub mod snapshot;
pub mod solve;
pub mod standing;
pub mod swap;
pub mod utilisation;
pub mod verdict;
pub mod what_if;
