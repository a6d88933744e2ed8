//! The `dogwatch` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    dogwatch::cli::main()
}
