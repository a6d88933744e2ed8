//! Answers: whole bodies, and bodies that are streamed while a listing is still being read.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use std::io;

/// A body on its way out. An error ends the connection: what was sent is incomplete, and the client must know.
pub type Body = BoxBody<Bytes, io::Error>;
