use std::collections::BTreeMap;
use std::ops::Deref;

/// Rows and spans that were left out: how many, by cause. A cause is one word of ours; none has a count of zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected(BTreeMap<&'static str, u64>);

impl Rejected {
    /// Nothing was left out.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Counts `count` more.
    pub fn add(&mut self, cause: &'static str, count: u64) {
        if count > 0 {
            let sum = self.0.entry(cause).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// Counts what another one counted, too.
    pub fn merge(&mut self, other: &Self) {
        for (cause, count) in &other.0 {
            self.add(cause, *count);
        }
    }

    /// Takes back what was counted twice.
    pub fn subtract(&mut self, other: &Self) {
        for (cause, count) in &other.0 {
            if let Some(sum) = self.0.get_mut(cause) {
                *sum = sum.saturating_sub(*count);
            }
        }
        self.0.retain(|_, count| *count > 0);
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().copied().fold(0, u64::saturating_add)
    }
}

impl Deref for Rejected {
    type Target = BTreeMap<&'static str, u64>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<const N: usize> From<[(&'static str, u64); N]> for Rejected {
    fn from(counts: [(&'static str, u64); N]) -> Self {
        counts.into_iter().collect()
    }
}

impl FromIterator<(&'static str, u64)> for Rejected {
    fn from_iter<I: IntoIterator<Item = (&'static str, u64)>>(counts: I) -> Self {
        let mut rejected = Self::none();
        for (cause, count) in counts {
            rejected.add(cause, count);
        }
        rejected
    }
}
