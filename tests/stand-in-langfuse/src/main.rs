//! `stand-in-langfuse --port N [--scenario FILE]`: serves a scenario on this machine and says where.

use std::io::{self, Write as _};
use std::process::ExitCode;

use stand_in_langfuse::{Scenario, StandIn};

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("usage: stand-in-langfuse --port N [--scenario FILE]")]
    Usage,
    #[error("{path}: {source}")]
    File { path: String, source: io::Error },
    #[error("{path} is no scenario: {source}")]
    Scenario { path: String, source: serde_json::Error },
    #[error(transparent)]
    Server(#[from] io::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _is_told = writeln!(io::stderr(), "{failure}").is_ok();
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let mut port = None;
    let mut scenario = Scenario::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(Failure::Usage)?;
        match name.as_str() {
            "--port" => port = Some(value.parse().map_err(|_| Failure::Usage)?),
            "--scenario" => scenario = read(value)?,
            _ => return Err(Failure::Usage),
        }
    }
    let server = StandIn::start_on(port.ok_or(Failure::Usage)?, scenario).await?;
    writeln!(io::stdout(), "{}", server.host())?;
    io::stdout().flush()?;
    std::future::pending().await
}

fn read(path: String) -> Result<Scenario, Failure> {
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(Failure::File { path, source }),
    };
    serde_json::from_str(&text).map_err(|source| Failure::Scenario { path, source })
}
