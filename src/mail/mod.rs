//! Mail: what letters look like. Wire formats only, as pages are: what is to be said comes from `service::letters`, the
//! words are those of `web`'s texts, and `background` brings it.
//!
//! [`compose`] writes a letter as text and HTML, `sheet` says what stands in it for each kind of news. [`Door`] is where
//! our own mail server hands over what comes back, `arrive` reads it, and `vouch` says whether that server stands for
//! its sender.

pub(crate) mod arrive;
mod compose;
mod lmtp;
mod sheet;
#[cfg(test)]
mod tests;
mod vouch;

pub use compose::{Composed, compose};
pub use lmtp::Door;
