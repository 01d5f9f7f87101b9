//! The stand-in as a program: `stand-in-phoenix --port N [--scenario FILE]`.

use std::io::Write as _;
use std::process::ExitCode;

use stand_in_phoenix::{Scenario, Server};

const USAGE: &str = "usage: stand-in-phoenix --port N [--scenario FILE]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _is_told = writeln!(std::io::stderr(), "stand-in-phoenix: {problem}").is_ok();
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (mut port, mut scenario) = (None, Scenario::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--port" => port = Some(value.parse()?),
            "--scenario" => scenario = serde_json::from_slice(&std::fs::read(value)?)?,
            _ => return Err(USAGE.into()),
        }
    }
    let server = Server::bind(port.ok_or(USAGE)?, scenario).await?;
    let mut output = std::io::stdout();
    writeln!(output, "stand-in-phoenix is ready at {}", server.stand_in().url())?;
    output.flush()?;
    server.serve().await?;
    Ok(())
}
