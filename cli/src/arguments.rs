//! What can be asked for on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use spanlift_model::{OrganizationId, Provider, SimulationOutputId};
use spanlift_runtime::seconds;

/// Replay simulation-completed events, see what was imported and why, and send back what failed.
#[derive(Debug, Parser)]
#[command(name = "spanlift", version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str =
    "Addresses come from the environment: `make replay` and `stack/command.py spanlift` set them for \
the embedded stack; on AWS, terraform has them as outputs. What is missing is said.
Exit code: 0 when nothing failed, 1 when something did or was refused, 2 for a wrong command line.";

/// One thing to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send an event or a job again, follow its imports, and say what happened and why.
    Replay(ReplayArguments),
    /// Show how a simulation's imports stand, and their spans as trees.
    Show(ShowArguments),
    /// Send dead letters back to the queues that they came from; what was refused stays.
    Redrive(RedriveArguments),
}

/// What to replay, and how.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The event: bare, in its EventBridge envelope, or a batch of SQS messages that hold either; `-` is standard input.
    /// An import job (it names its provider) goes to that provider's queue.
    pub file: PathBuf,
    /// Read the platforms again although the imports have ended: an event becomes jobs to the connected providers, past fanout.
    /// Where a further look is due by itself, the platform is read now, and that look still comes.
    #[arg(long)]
    pub force: bool,
    /// Send and do not wait for what comes of it.
    #[arg(long, conflicts_with = "timeout")]
    pub no_wait: bool,
    /// How long to wait.
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
    /// One JSON document with the ledger's entries and the spans.
    #[arg(long)]
    pub json: bool,
}

/// What to send back.
#[derive(Debug, Args)]
pub struct RedriveArguments {
    /// Only these queues, by name or URL, the queue's own or its dead-letter queue's; all unless given.
    #[arg(value_name = "QUEUE")]
    pub queues: Vec<String>,
}
