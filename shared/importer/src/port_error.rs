/// Why a port did not do as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It did not answer, or with an error that may pass.
    #[error("{port} is unavailable: {detail}")]
    Unavailable {
        /// Which one: `ledger`, `trace store`, …
        port: &'static str,
        /// What it said. Never holds a credential.
        detail: String,
    },
    /// It may or may not have done it: the answer was lost.
    #[error("{port} did not answer in time: {detail}")]
    Uncertain {
        /// Which one.
        port: &'static str,
        /// What was asked.
        detail: String,
    },
    /// Nobody was asked: no request could be signed.
    #[error(
        "there are no AWS credentials. Sign in (aws sso login, aws login), or set AWS_PROFILE to a profile that works: {detail}"
    )]
    NoCredentials {
        /// What was tried and found wrong. Never holds a credential.
        detail: String,
    },
    /// The lease is somebody else's by now: nothing more may be written.
    #[error("another execution holds the lease")]
    Fenced,
}
