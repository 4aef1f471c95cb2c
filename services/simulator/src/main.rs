//! `relay-simulator`: see the library of this package.

use std::process::ExitCode;

use clap::Parser as _;
use relay_simulator::options::Options;
use relay_simulator::run::run;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}
