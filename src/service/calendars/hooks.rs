//! What a change in a calendar sets off elsewhere, inside the transaction that makes it.

pub(super) use crate::service::conflicts::availability_changed;
pub(super) use crate::service::swaps::shift_object_changed;
