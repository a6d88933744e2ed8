//! The way out: requests to other people's servers, at addresses that somebody typed.
//!
//! [`reach`] says what may be spoken to at all, [`client`] holds connections to it within bounds, [`fetch`] asks for a
//! text, [`web_push`] encrypts and signs what goes through a push service, [`openid`] asks a provider who somebody is,
//! [`pager`] keeps schedules of pagers, [`deposit`] puts files at places that the operator named, [`mail`] hands messages
//! to the relay that the configuration names, [`acme`] asks an authority for a certificate. What is said, to whom and when is not decided here.

mod acme;
mod client;
mod deposit;
mod fetch;
mod mail;
mod openid;
mod pager;
mod reach;
mod sigv4;
mod vapid;
mod web_push;

pub use acme::{Authority, Ungiven};
pub use client::{Answer, Bounds, Client, Failure};
pub use deposit::{Deposit, Place};
pub use fetch::{Fetched, Known, Missed};
pub use mail::{MailRelay, Post, Undelivered};
pub use openid::{Claims, Provider, Round, Unknown};
pub use pager::{Account, Asked, Fault, Make, NewOverride, Override, Pager, pager};
pub use reach::{Blocked, Reach};
pub use vapid::VapidKey;
pub use web_push::{Push, Receiver, Unusable, Urgency};
