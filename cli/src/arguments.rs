//! What can be asked for on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use spanlift_model::{OrganizationId, Provider, SimulationOutputId, Status};
use spanlift_runtime::seconds;

use crate::connections::arguments::{
    ConnectArguments, ConnectionsArguments, DisconnectArguments, ReplaceArguments, VerifyArguments,
};
use crate::insight::arguments::InsightCommand;
use crate::recent::USUAL_LIMIT;

/// Connect platforms, replay simulation-completed events, see what was imported and why, ask for metrics, and send back what failed.
#[derive(Debug, Parser)]
#[command(name = "spanlift", version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str =
    "Addresses come from the environment: `make replay` and `stack/command.py spanlift` set them for \
the embedded stack; on AWS, terraform has them as outputs. If one is missing, the command names it.
Exit code: 0 when nothing failed, 1 when something failed or was refused, 2 for a wrong command line.";

/// One thing to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send an event or a job again, follow its imports, and say what happened and why.
    Replay(ReplayArguments),
    /// Show how a simulation's imports stand, and their spans as trees.
    Show(ShowArguments),
    /// Connect an organization to a platform: asks for host and keys, and saves them once the importer has seen that they work.
    Connect(ConnectArguments),
    /// List connections: since when each is configured, when it last imported, and when that last failed.
    Connections(ConnectionsArguments),
    /// Let the importer itself check a connection: host, key and project, and which tags the newest traces carry.
    Verify(VerifyArguments),
    /// Replace a connection's keys. The old ones work until the new ones are verified.
    ReplaceKey(ReplaceArguments),
    /// Remove a connection.
    Disconnect(DisconnectArguments),
    /// List imports, newest first.
    Status(StatusArguments),
    /// Explain a simulation's imports: what was looked for, what was found, what was left out and why, and what happens next.
    Explain(ExplainArguments),
    /// Print the completion script of a shell.
    Completions(CompletionsArguments),
    /// Send dead letters back to the queues that they came from; what was refused stays.
    Redrive(RedriveArguments),
    /// Questions to the trace store.
    #[command(flatten)]
    Insight(InsightCommand),
}

/// What to replay, and how.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The event: bare, in its EventBridge envelope, or a batch of SQS messages that hold either; `-` is standard input.
    /// An import job (it names its provider) goes to that provider's queue.
    pub file: PathBuf,
    /// Read the platforms again, even if the imports have ended. Jobs go straight to the connected providers, without fanout.
    /// If a later look is due anyway, it still comes.
    #[arg(long)]
    pub force: bool,
    /// Send the event, and do not wait for its imports.
    #[arg(long, conflicts_with = "timeout")]
    pub no_wait: bool,
    /// How long to wait for the imports.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub timeout: Duration,
}

/// What to show, and how.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The simulation's id (`simulation_output_id`).
    pub simulation: SimulationOutputId,
    /// The attempt; the highest unless given.
    #[arg(long)]
    pub attempt: Option<u32>,
    /// Only this provider.
    #[arg(long)]
    pub provider: Option<Provider>,
    /// Also draw the spans as a waterfall into this file.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Print one JSON document with the ledger's entries and the spans.
    #[arg(long)]
    pub json: bool,
}

/// Which imports to list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  spanlift status
  spanlift status --organization caf26438 --status failed --since 30d
  spanlift status --provider langfuse --reason untagged --json
  spanlift status --watch")]
pub struct StatusArguments {
    /// Only imports of this organization.
    #[arg(long, value_name = "ID")]
    pub organization: Option<OrganizationId>,
    /// Only this provider.
    #[arg(long)]
    pub provider: Option<Provider>,
    /// Only imports with this status: imported, empty, failed, deferred, retrying, …
    #[arg(long, value_parser = ledger_status)]
    pub status: Option<Status>,
    /// Only imports with this reason, such as unauthorized or untagged.
    #[arg(long, value_name = "WORD")]
    pub reason: Option<String>,
    /// Only imports that began or ended at most this long ago: 45m, 24h, 7d.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = time_span)]
    pub since: Duration,
    /// List at most this many imports.
    #[arg(long, value_name = "COUNT", default_value_t = USUAL_LIMIT)]
    pub limit: usize,
    /// Keep running and print the list again when it changes; Ctrl-C stops it.
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// What to explain.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  spanlift explain caf26438 3zfmuDbVQsi4GaseDtiVcS
  spanlift explain caf26438 3zfmuDbVQsi4GaseDtiVcS --provider arize --ask")]
pub struct ExplainArguments {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The simulation's id (`simulation_output_id`).
    pub simulation: SimulationOutputId,
    /// The attempt; the highest unless given.
    #[arg(long)]
    pub attempt: Option<u32>,
    /// Only this provider.
    #[arg(long)]
    pub provider: Option<Provider>,
    /// Also ask the importers what they would store now, and what decides each trace. Writes nothing.
    #[arg(long)]
    pub ask: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// For which shell.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  spanlift completions bash > /etc/bash_completion.d/spanlift")]
pub struct CompletionsArguments {
    /// The shell.
    pub shell: Shell,
}

fn ledger_status(text: &str) -> Result<Status, String> {
    let known = || Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
    Status::parse(text).ok_or_else(|| format!("there are: {}", known()))
}

/// `45m`, `24h`, `7d`.
fn time_span(text: &str) -> Result<Duration, String> {
    let wrong = || "takes a number and m, h or d, such as 24h".to_owned();
    let number = text.strip_suffix(['m', 'h', 'd']).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit = if text.ends_with('m') {
        60
    } else if text.ends_with('h') {
        3_600
    } else {
        86_400
    };
    Ok(Duration::from_secs(number.saturating_mul(unit).min(366 * 86_400)))
}

/// What to send back.
#[derive(Debug, Args)]
pub struct RedriveArguments {
    /// Only these queues: the name or URL of a queue, or of its dead-letter queue. Without it, all queues.
    #[arg(value_name = "QUEUE")]
    pub queues: Vec<String>,
}
