//! Tokens that a call of a model used.

/// Tokens of one call. Nothing that is not known is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens in, cached ones included.
    pub input: Option<u64>,
    /// Tokens out.
    pub output: Option<u64>,
    /// Both: as told, else the sum of the two.
    pub total: Option<u64>,
    /// Of those in, from a cache.
    pub cache_read: Option<u64>,
    /// Of those in, put into a cache.
    pub cache_creation: Option<u64>,
    /// Of those out, reasoning.
    pub reasoning: Option<u64>,
}
