use std::io;

use spanlift_importer::PortError;

/// Why a command on connections broke off.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionsError {
    /// Something could not be asked.
    #[error(transparent)]
    Port(#[from] PortError),
    /// What was entered cannot be.
    #[error("{0}")]
    Input(String),
    /// The connection is not as it must be for this.
    #[error("{0}")]
    State(String),
    /// What there is to say cannot be written, or what is asked cannot be read.
    #[error("the terminal, the file or the output cannot be used: {0}")]
    Output(#[from] io::Error),
}
