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

impl Usage {
    pub fn of_attributes(attributes: &spanlift_model::Attributes) -> Option<Self> {
        let count = |name| attributes.get(name).and_then(|text| text.parse().ok());
        let own = Self {
            input: count("gen_ai.usage.input_tokens"),
            output: count("gen_ai.usage.output_tokens"),
            ..Self::default()
        };
        (own != Self::default()).then_some(own)
    }
    pub fn of_details(details: &std::collections::BTreeMap<String, u64>) -> Option<Self> {
        let count = |name| details.get(name).copied();
        let own = Self { input: count("input"), output: count("output"), ..Self::default() };
        (own != Self::default()).then_some(own)
    }
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.input == other.input && self.output == other.output
    }
}
