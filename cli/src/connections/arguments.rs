//! What can be asked for of connections on the command line.

use std::path::PathBuf;

use clap::Args;
use spanlift_model::{OrganizationId, Provider};

/// Whose connection to what.
#[derive(Clone, Debug, Args)]
pub struct Whose {
    /// The platform: langfuse, arize or langsmith.
    pub provider: Provider,
    /// The organization's id.
    #[arg(long, value_name = "ID")]
    pub organization: OrganizationId,
}

/// Where a connection's fields come from.
#[derive(Clone, Debug, Args)]
pub struct Fields {
    /// Read the connection's fields from a file that holds one JSON object (docs/CONNECT.md lists the fields). `-` reads a pipe.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Set a field that is not a key, such as project_name=voice-agent. May be repeated. Keys are asked for, or come from --from.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

/// What to connect.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  spanlift connect arize --organization caf26438
  spanlift connect langfuse --organization caf26438 --set host=https://cloud.langfuse.com
  spanlift connect langsmith --organization caf26438 --from connection.json
  pass show acme/langsmith | spanlift connect langsmith --organization caf26438 --from -
Exit code: 0 when the connection works, 1 when it was refused, 2 for a wrong command line.")]
pub struct ConnectArguments {
    /// Whose connection to what.
    #[command(flatten)]
    pub whose: Whose,
    /// Where its fields come from.
    #[command(flatten)]
    pub fields: Fields,
    /// Save the connection even if it is refused. Nothing is imported from it until it is verified.
    #[arg(long)]
    pub keep: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Which connections to list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  spanlift connections
  spanlift connections --organization caf26438 --json")]
pub struct ConnectionsArguments {
    /// Only connections of this organization.
    #[arg(long, value_name = "ID")]
    pub organization: Option<OrganizationId>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Which connection to verify.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  spanlift verify arize --organization caf26438
  spanlift verify langfuse --organization caf26438 --learn --json
Exit code: 0 when the connection works, 1 when it does not, 2 for a wrong command line.")]
pub struct VerifyArguments {
    /// Whose connection to what.
    #[command(flatten)]
    pub whose: Whose,
    /// If a tag is seen, remember that the traces of this connection are tagged: its imports then never go by time alone.
    #[arg(long)]
    pub learn: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Whose key to replace.
#[derive(Debug, Args)]
#[command(
    after_help = "The old key works until the new one is verified, and stays in use if the new one is refused. Every key is asked
for again, even if only --set changes the host: a key is never sent to a host that it was not entered for.

Examples:
  spanlift replace-key arize --organization caf26438
  spanlift replace-key langfuse --organization caf26438 --set host=https://us.cloud.langfuse.com
  spanlift replace-key langsmith --organization caf26438 --from new-key.json
Exit code: 0 when the new key works, 1 when it was refused or somebody else was quicker, 2 for a wrong command line."
)]
pub struct ReplaceArguments {
    /// Whose connection to what.
    #[command(flatten)]
    pub whose: Whose,
    /// Where the fields that change come from; the others stay.
    #[command(flatten)]
    pub fields: Fields,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Which connection to remove.
#[derive(Debug, Args)]
#[command(
    after_help = "The secret is deleted for good, so that the organization can be connected again at once. What was imported stays.

Examples:
  spanlift disconnect arize --organization caf26438
  spanlift disconnect arize --organization caf26438 --yes"
)]
pub struct DisconnectArguments {
    /// Whose connection to what.
    #[command(flatten)]
    pub whose: Whose,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}
