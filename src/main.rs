//! The `dogwatch` binary: everything is in the library.

fn main() {}
