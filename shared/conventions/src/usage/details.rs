//! Usage by free names, as Langfuse keeps it (docs/platforms/langfuse.md#84-token-counts-and-costs).

use std::collections::BTreeMap;

use spanlift_model::json::{Map, Value};

use crate::sent::Usage;

/// What a name in a map of usage details counts, beside those that are only known to be of the tokens in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Both.
    Total,
    /// From a cache.
    CacheRead,
    /// Put into a cache.
    CacheCreation,
    /// A part of that.
    CacheCreationPart,
    /// Reasoning.
    Reasoning,
    /// Tokens in of one kind.
    InputOfKind(&'static str),
    /// Tokens out of one kind.
    OutputOfKind(&'static str),
}

/// Names, what they count, and where they come from. Of several names for one thing the larger number counts.
pub const DETAILS: &[(&str, Detail, &str)] = &[
    ("total", Detail::Total, "Langfuse"),
    ("input_cached_tokens", Detail::CacheRead, "Langfuse, LiveKit"),
    ("input_cache_read", Detail::CacheRead, "Langfuse's SDKs"),
    ("cache_read_input_tokens", Detail::CacheRead, "Anthropic"),
    ("input_cache_read_input_tokens", Detail::CacheRead, "Langfuse's SDKs"),
    ("cache_read.input_tokens", Detail::CacheRead, "OpenTelemetry GenAI"),
    ("input_cache_creation", Detail::CacheCreation, "Langfuse"),
    ("cache_creation_input_tokens", Detail::CacheCreation, "Anthropic"),
    ("cache_creation.input_tokens", Detail::CacheCreation, "OpenTelemetry GenAI"),
    ("cache_write.input_tokens", Detail::CacheCreation, "LiveKit 1.8"),
    ("cache_write_input_tokens", Detail::CacheCreation, "Strands"),
    ("input_cache_creation_5m", Detail::CacheCreationPart, "Langfuse"),
    ("input_cache_creation_1h", Detail::CacheCreationPart, "Langfuse"),
    ("ephemeral_5m_input_tokens", Detail::CacheCreationPart, "LangChain"),
    ("ephemeral_1h_input_tokens", Detail::CacheCreationPart, "LangChain"),
    ("output_reasoning_tokens", Detail::Reasoning, "Langfuse"),
    ("output_reasoning", Detail::Reasoning, "Langfuse's SDKs"),
    ("reasoning.output_tokens", Detail::Reasoning, "OpenTelemetry GenAI"),
    ("input_text_tokens", Detail::InputOfKind(TEXT), "LiveKit"),
    ("input_audio_tokens", Detail::InputOfKind("audio"), "LiveKit, Langfuse's SDKs"),
    ("input_image_tokens", Detail::InputOfKind("image"), "LiveKit"),
    ("text.input_tokens", Detail::InputOfKind(TEXT), "LiveKit 1.8"),
    ("audio.input_tokens", Detail::InputOfKind("audio"), "LiveKit 1.8, Pipecat"),
    ("image.input_tokens", Detail::InputOfKind("image"), "LiveKit 1.8"),
    ("output_text_tokens", Detail::OutputOfKind(TEXT), "LiveKit"),
    ("output_audio_tokens", Detail::OutputOfKind("audio"), "LiveKit, Langfuse's SDKs"),
    ("text.output_tokens", Detail::OutputOfKind(TEXT), "LiveKit 1.8"),
    ("audio.output_tokens", Detail::OutputOfKind("audio"), "LiveKit 1.8, Pipecat"),
];

const TEXT: &str = "text";

/// One direction: what stands for itself, its details, and it by kinds of content.
#[derive(Default)]
struct Side {
    plain: Option<u64>,
    details: Option<u64>,
    kinds: BTreeMap<&'static str, u64>,
}

impl Usage {
    /// By a map of free names.
    ///
    /// Cached tokens, reasoning and audio stand beside `input` and `output`, not in them: names that contain `input` add up.
    /// But where the kinds of content, text among them, add up to all of the rest, they are that once more. What is nothing
    /// but zeros is not known.
    #[must_use]
    pub fn of_details(details: &BTreeMap<String, u64>) -> Option<Self> {
        if details.values().all(|count| *count == 0) {
            return None;
        }
        if !details.keys().any(|name| name.contains("input") || name.contains("output")) {
            let object: Map = details.iter().map(|(name, count)| (name.clone(), Value::from(*count))).collect();
            let mut usage = Self::of_object(&object)?;
            // The same sum of details alone is no total.
            let is_known = usage.input.or(usage.output).is_some();
            usage.total = usage.total.filter(|_| is_known || !is_a_sum(usage.total, details));
            return Some(usage);
        }
        let (mut input, mut output, mut usage, mut created_in_parts) =
            (Side::default(), Side::default(), Self::default(), None);
        for (name, count) in details {
            let count = *count;
            match DETAILS.iter().find(|(known, ..)| known == name).map(|(_, detail, _)| *detail) {
                Some(Detail::Total) => usage.total = Some(count),
                Some(Detail::CacheRead) => usage.cache_read = usage.cache_read.max(Some(count)),
                Some(Detail::CacheCreation) => usage.cache_creation = usage.cache_creation.max(Some(count)),
                Some(Detail::CacheCreationPart) => created_in_parts = plus(created_in_parts, Some(count)),
                Some(Detail::Reasoning) => usage.reasoning = usage.reasoning.max(Some(count)),
                Some(Detail::InputOfKind(kind)) => input.add_kind(kind, count),
                Some(Detail::OutputOfKind(kind)) => output.add_kind(kind, count),
                None if name.contains("input") => input.plain = plus(input.plain, Some(count)),
                None if name.contains("output") => output.plain = plus(output.plain, Some(count)),
                None => {}
            }
        }
        usage.cache_creation = usage.cache_creation.max(created_in_parts);
        input.details = plus(usage.cache_read, usage.cache_creation);
        output.details = usage.reasoning;
        // Langfuse's own sum is of no use where it counts some tokens twice.
        let is_told_twice = input.is_told_twice() || output.is_told_twice();
        let is_a_sum = is_a_sum(usage.total, details);
        usage.total = usage.total.filter(|total| *total > 0 && !(is_told_twice && is_a_sum));
        let beside = |input: &Side, output: &Side| (input.all(), output.all());
        (usage.input, usage.output) = match usage.total {
            Some(total) => {
                readings(&input, &output).find(|sides| is_sum(total, *sides)).unwrap_or_else(|| beside(&input, &output))
            }
            None => beside(&input, &output),
        };
        Some(usage)
    }
}

impl Side {
    fn add_kind(&mut self, kind: &'static str, count: u64) {
        let told = self.kinds.entry(kind).or_default();
        *told = count.max(*told);
    }

    fn of_kinds(&self) -> Option<u64> {
        self.kinds.values().copied().reduce(u64::saturating_add)
    }

    /// The kinds of content, text among them, are all of the rest once more.
    fn is_told_twice(&self) -> bool {
        let kinds = self.of_kinds().filter(|_| self.kinds.contains_key(TEXT));
        kinds.is_some() && (kinds == self.plain || kinds == plus(self.plain, self.details))
    }

    /// Everything that stands beside one another.
    fn all(&self) -> Option<u64> {
        let kinds = self.of_kinds().filter(|_| !self.is_told_twice());
        plus(plus(self.plain, self.details), kinds)
    }
}

/// What may be meant, Langfuse's own meaning first: everything beside one another, the kinds inside, all details inside.
fn readings(input: &Side, output: &Side) -> impl Iterator<Item = (Option<u64>, Option<u64>)> {
    let of = |side: &Side| [side.all(), plus(side.plain, side.details).or(side.all()), side.plain.or(side.all())];
    let (inputs, outputs) = (of(input), of(output));
    inputs.into_iter().flat_map(move |input| outputs.into_iter().map(move |output| (input, output)))
}

fn is_sum(total: u64, (input, output): (Option<u64>, Option<u64>)) -> bool {
    total == input.unwrap_or(0).saturating_add(output.unwrap_or(0))
}

/// A total of everything that stands there is Langfuse's own sum.
fn is_a_sum(total: Option<u64>, details: &BTreeMap<String, u64>) -> bool {
    let summed = details.iter().filter(|(name, _)| *name != "total").map(|(_, count)| *count);
    total == summed.reduce(u64::saturating_add)
}

fn plus(one: Option<u64>, two: Option<u64>) -> Option<u64> {
    [one, two].into_iter().flatten().reduce(u64::saturating_add)
}
