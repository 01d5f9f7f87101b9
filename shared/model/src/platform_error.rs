use std::time::Duration;

use crate::FailureReason;

/// What went wrong at a platform, by what can be done about it (docs/ARCHITECTURE.md#errors).
///
/// The texts are ours, never the platform's: those can echo a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The platform does not know the key.
    #[error("{advice}")]
    Unauthorized {
        /// What to do, as a sentence.
        advice: String,
    },
    /// The platform knows the key and does not let it read.
    #[error("{advice}")]
    Forbidden {
        /// What to do, as a sentence.
        advice: String,
    },
    /// There is no such project, or not yet: platforms make one with its first span.
    #[error("{advice}")]
    NotFound {
        /// What to do, as a sentence.
        advice: String,
    },
    /// Too many requests.
    #[error("the platform allows no more requests for now")]
    RateLimited {
        /// When the platform says that it will take requests again.
        retry_after: Option<Duration>,
    },
    /// No connection could be made.
    #[error("no connection could be made to {host}")]
    Unreachable {
        /// The host, as the connection names it.
        host: String,
    },
    /// The connection was lost in the middle of an answer.
    #[error("the connection to {host} was lost while its answer came")]
    BrokenOff {
        /// The host, as the connection names it.
        host: String,
    },
    /// The platform answered with an error of its own.
    #[error("the platform answered with status {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// When the platform says that it will be there again.
        retry_after: Option<Duration>,
    },
    /// The platform did not answer in time.
    #[error("the platform did not answer in time")]
    Timeout,
    /// An answer was larger than we take.
    #[error("an answer of the platform was larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer is not what the API promises.
    #[error("{problem}")]
    Malformed {
        /// What is wrong with it, as a sentence.
        problem: String,
    },
    /// The connection cannot work as it is configured.
    #[error("{advice}")]
    Refused {
        /// The reason in the ledger.
        reason: FailureReason,
        /// What to do, as a sentence.
        advice: String,
    },
}

/// What can be done about a [`PlatformError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A person has to change something.
    Person,
    /// The same again, a little later, and not before the platform says.
    Retry(Option<Duration>),
    /// The same again, when the platform allows it.
    Wait(Option<Duration>),
    /// The same again for a minute: it may not be there yet.
    NotYet,
}

impl PlatformError {
    /// An answer with an error of the platform's own, which does not say when to come again.
    #[must_use]
    pub const fn unavailable(status: u16) -> Self {
        Self::Unavailable { status, retry_after: None }
    }

    /// The reason in the ledger, should the import fail of it.
    #[must_use]
    pub fn reason(&self) -> FailureReason {
        match self {
            Self::Unauthorized { .. } => FailureReason::Unauthorized,
            Self::Forbidden { .. } => FailureReason::Forbidden,
            Self::NotFound { .. } => FailureReason::ProjectNotFound,
            Self::RateLimited { .. } => FailureReason::RateLimited,
            Self::Unreachable { .. } => FailureReason::Unreachable,
            Self::BrokenOff { .. } | Self::Unavailable { .. } => FailureReason::PlatformError,
            Self::Timeout => FailureReason::Timeout,
            Self::TooLarge { .. } | Self::Malformed { .. } => FailureReason::Malformed,
            Self::Refused { reason, .. } => *reason,
        }
    }

    /// May the same request go well a little later, with nobody doing anything?
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.remedy(), Remedy::Retry(_) | Remedy::Wait(_))
    }

    /// What can be done about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unauthorized { .. } | Self::Forbidden { .. } | Self::Refused { .. } => Remedy::Person,
            Self::NotFound { .. } => Remedy::NotYet,
            Self::RateLimited { retry_after } => Remedy::Wait(*retry_after),
            Self::Unavailable { retry_after, .. } => Remedy::Retry(*retry_after),
            Self::Unreachable { .. }
            | Self::BrokenOff { .. }
            | Self::Timeout
            | Self::TooLarge { .. }
            | Self::Malformed { .. } => Remedy::Retry(None),
        }
    }
}
