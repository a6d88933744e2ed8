//! Mail: what letters look like. Wire formats only, as pages are: what is to be said comes from `service::letters`, the
//! words are those of `web`'s texts, and `background` brings it.
//!
//! [`compose`] writes a letter as text and HTML, `sheet` says what stands in it for each kind of news.

mod compose;
mod sheet;
#[cfg(test)]
mod tests;

pub use compose::{Composed, compose};
