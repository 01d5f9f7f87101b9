//! `make cost`: writes the tables of docs/COST.md. The bursts take minutes, so that no test makes them.
#![expect(clippy::print_stderr, reason = "a command talks to whoever called it")]

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use cost::{bills, bursts, prices, section};

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("docs/COST.md was not written: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/COST.md");
    for (name, make) in [("prices", prices as fn() -> String), ("bills", bills), ("bursts", bursts)] {
        eprintln!("{name}");
        let page = fs::read_to_string(&path)?;
        let (before, _, after) = section(&page, name).ok_or_else(|| io::Error::other(format!("no section {name}")))?;
        fs::write(&path, format!("{before}{}{after}", make()))?;
    }
    eprintln!("cost: ok docs/COST.md is written");
    Ok(())
}
