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
    /// A JSON object with the connection's fields, as docs/CONNECT.md lists them; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// A field that is no key, such as project_name=voice-agent; may be repeated. Keys are asked for, or come from --from.
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
    /// Keep a connection that was refused. It is not imported from until it is verified.
    #[arg(long)]
    pub keep: bool,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Which connections to list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  spanlift connections
  spanlift connections --organization caf26438 --json")]
pub struct ConnectionsArguments {
    /// Only this organization's.
    #[arg(long, value_name = "ID")]
    pub organization: Option<OrganizationId>,
    /// One JSON document.
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
    /// Remember that its traces are tagged, should a tag be seen: then nothing is imported from it by time alone.
    #[arg(long)]
    pub learn: bool,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Whose key to replace.
#[derive(Debug, Args)]
#[command(
    after_help = "The old key works until the new one is verified, and goes on working if that is refused. Every key is asked
for again, also where only --set changes the host: a key is sent to no host that it was not entered for.

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
    /// One JSON document.
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
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
}
