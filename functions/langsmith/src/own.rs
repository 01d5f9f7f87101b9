//! What is a run's own: what its call of a model used, and when its own answer began.

/// What attribution decided of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    /// What its call of a model used; none where a call below it made it.
    pub usage: Option<Usage>,
    /// It has counts: its own, or such as it states of a call below it.
    pub has_usage: bool,
    /// The first token is that of its own answer.
    pub has_first_token: bool,
    /// Seconds to the first byte, as its metadata states.
    pub stated_first_byte: Option<f64>,
}

/// What a model call used. Nothing that is not known is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Tokens.
    pub tokens: spanlift_conventions::Usage,
    /// What it cost: in, out, both.
    pub costs: [Option<f64>; 3],
    /// The server made it up (place 9 in `usage.rs`), of the run and, on v1, of all below it.
    pub is_estimate: bool,
}

impl Usage {
    /// With these costs where nobody stated any.
    #[must_use]
    pub fn with_costs(mut self, costs: [Option<f64>; 3]) -> Self {
        if self.costs.iter().all(Option::is_none) {
            self.costs = costs;
        }
        self
    }
}
