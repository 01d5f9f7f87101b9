use super::Label;
use crate::EmptyReason;

/// What a window was seen to hold. Says why nothing matched, should nothing have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    any: bool,
    tagged: bool,
    unknown: bool,
}

impl Sightings {
    /// A span in the discovery window, by its labels.
    pub fn add(&mut self, labels: &[Label]) {
        self.any = true;
        self.tagged |= !labels.is_empty();
    }

    /// A tag, wherever it was seen.
    pub fn add_tagged(&mut self) {
        self.any = true;
        self.tagged = true;
    }

    /// A row whose tag could not be read.
    pub fn add_unknown(&mut self) {
        self.any = true;
        self.unknown = true;
    }

    /// Was there something, and was none of it tagged, as far as could be read, which was all?
    #[must_use]
    pub const fn is_untagged(self) -> bool {
        self.any && !self.tagged && !self.unknown
    }

    /// Was a tag seen?
    #[must_use]
    pub const fn is_tagged(self) -> bool {
        self.tagged
    }

    /// Why nothing matched, given that nothing did.
    #[must_use]
    pub const fn empty_reason(self) -> EmptyReason {
        match (self.any, self.tagged) {
            (false, _) => EmptyReason::NothingInWindow,
            (true, false) => EmptyReason::Untagged,
            (true, true) => EmptyReason::OthersTagged,
        }
    }
}
