//! The roster: decisions as pure functions over plain data. Loaded by `service`, stored by `store`.

pub mod model;
pub mod swap;
