//! Tokens that a call of a model used (docs/REFERENCE.md#what-sdks-write).
//!
//! Counts mean what the GenAI conventions mean (schema 1.42.0): tokens in hold the cached ones, tokens out the reasoning. So
//! Gemini's thoughts, which Google counts beside the candidates, are among the tokens out, as Google's own ADK has them.

mod account;
mod details;
mod names;
mod places;

use spanlift_model::json::Value;
use spanlift_model::names::gen_ai;

pub use self::account::{Reading, count_of};
pub use self::details::{DETAILS, Detail};
pub use self::names::{COUNTS, Count, CountRow, Group, INPUT_GROUPS, OUTPUT_GROUPS};
pub(crate) use self::places::at;
pub use self::places::{ATTRIBUTE_PLACES, AttributePlace, OUTPUT_PLACES, STATED, usage_objects};
use crate::derived::Derived;
use crate::payload::BothSides;
use crate::sent::{Payload, SentSpan, Side, Usage};

impl Usage {
    /// What a span says of it: by its attributes, by what its platform counted, and by what came out; the later ones where they
    /// agree with the earlier (see [`Self::joined`]).
    ///
    /// Where attributes may be those of a span above, the platform decides whether the span used anything.
    #[must_use]
    pub fn of(span: &SentSpan) -> Option<Self> {
        let platform = span.platform.usage;
        let attributes = || Self::of_attributes(&span.attributes);
        if span.is_inherited {
            return platform.map(|usage| usage.joined(attributes()));
        }
        let outputs =
            span.platform.output.as_ref().and_then(Payload::json).and_then(|json| Self::of_outputs(json, None));
        [attributes(), platform, outputs].into_iter().flatten().reduce(|usage, next| usage.joined(Some(next)))
    }

    /// The same, and by the attribute that has what came out, where something says that this is the answer of a model's API: older
    /// instrumentors leave the details of the counts in there.
    pub(crate) fn of_call(span: &SentSpan, sides: &BothSides<'_>) -> Option<Self> {
        let output = sides.carried(Side::Output).filter(|output| output.is_marked && !output.name.is_empty());
        let outputs = || Self::of_outputs(output?.json()?, None);
        match Self::of(span) {
            Some(usage) => Some(usage.joined(outputs())),
            None => outputs(),
        }
    }

    /// With what another place tells of the same call, where no count of the two contradicts the other. Where that leaves the reasoning out of the
    /// tokens out, or has it among them as this one has not, its details still are of this call: Google's ADK writes one as attributes and has the
    /// other in the answer.
    #[must_use]
    pub fn joined(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if !self.contradicts(&other) => Self {
                input: self.input.or(other.input),
                output: self.output.or(other.output),
                total: self.total.or(other.total),
                cache_read: self.cache_read.or(other.cache_read),
                cache_creation: self.cache_creation.or(other.cache_creation),
                reasoning: self.reasoning.or(other.reasoning),
            },
            Some(other) if self.differs_by_reasoning(&other) => Self {
                cache_read: self.cache_read.or(other.cache_read),
                cache_creation: self.cache_creation.or(other.cache_creation),
                reasoning: self.reasoning.or(other.reasoning),
                ..self
            },
            _ => self,
        }
    }

    fn differs_by_reasoning(&self, other: &Self) -> bool {
        let outputs = self.output.zip(other.output).filter(|_| self.input.is_some() && self.input == other.input);
        let reasoning = self.reasoning.or(other.reasoning);
        outputs.zip(reasoning).is_some_and(|((one, two), reasoning)| one.abs_diff(two) == reasoning)
    }

    /// Both, as told or as the sum of the two.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        self.total.or_else(|| Some(self.input?.saturating_add(self.output?)))
    }

    /// Does a count that both have differ? Then they are of different calls.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        let differ = |one: Option<u64>, two: Option<u64>| one.zip(two).is_some_and(|(one, two)| one != two);
        let exceeds = |part: &Self, whole: Option<u64>| {
            whole.is_some_and(|whole| [part.input, part.output].into_iter().flatten().any(|part| part > whole))
        };
        differ(self.input, other.input)
            || differ(self.output, other.output)
            || differ(self.whole(), other.whole())
            || exceeds(self, other.whole())
            || exceeds(other, self.whole())
    }

    const fn counts(&self) -> [Option<u64>; 3] {
        [self.input, self.output, self.total]
    }
}

/// Derives `gen_ai.usage.*`. The total is as told, else the sum of tokens in and out as they are stored.
pub(crate) fn derive(usage: &Usage, derived: &mut Derived<'_>) {
    for (name, count) in [
        (gen_ai::USAGE_INPUT_TOKENS, usage.input),
        (gen_ai::USAGE_OUTPUT_TOKENS, usage.output),
        (gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read),
        (gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS, usage.cache_creation),
        (gen_ai::USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning),
    ] {
        derived.derive_some(name, count.map(|count| count.to_string()));
    }
    let total = usage.total.filter(|total| *total > 0).or_else(|| stored_sum(derived));
    derived.derive_some(gen_ai::USAGE_TOTAL_TOKENS, total.map(|total| total.to_string()));
}

/// Does not store zeros of a call of which no count is known.
pub(crate) fn leave_out_zeros(span: &SentSpan, derived: &mut Derived<'_>) {
    for name in [gen_ai::USAGE_INPUT_TOKENS, gen_ai::USAGE_OUTPUT_TOKENS, gen_ai::USAGE_TOTAL_TOKENS] {
        if span.attributes.get(name).is_some_and(|count| count_of(&Value::from(count)) == Some(0)) {
            derived.leave_out(name);
        }
    }
}

/// One of the two alone is all that is known, as long as the other one is not there at all.
fn stored_sum(derived: &Derived<'_>) -> Option<u64> {
    let stored = [gen_ai::USAGE_INPUT_TOKENS, gen_ai::USAGE_OUTPUT_TOKENS].map(|name| derived.get(name));
    let mut sum = None;
    for text in stored.into_iter().flatten() {
        sum = Some(sum.unwrap_or(0_u64).saturating_add(count_of(&Value::from(text))?));
    }
    sum
}
