use crate::Timestamp;

/// The wall clock. Waiting is `tokio::time`'s, which tests run in virtual time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
