use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use spanlift_conventions::{Kept, SentSpan, has_settled, interpret, interpret_late, is_call, withhold_content};
use spanlift_model::correlation::{Key, Ownership, WINDOW_METHOD};
use spanlift_model::{
    Attributes, Caps, ImportJob, Rejected, Selection, Settings, SourceSpan, Span, SpanKey, Timestamp, Twig, Window,
    complete_tree, cut, names,
};

use crate::ports::Platform;
use crate::units::{Unit, units};

/// The cause under which spans are counted that came when something of their call was stored.
pub const LATE_IN_CALL: &str = "late_in_call";

/// Bytes of a span's, an event's or an attribute's name.
const LONGEST_NAME: usize = 1 << 10;
/// Bytes of a status message.
const LONGEST_MESSAGE: usize = 64 << 10;
/// Spans that are normalized before others have their turn.
const SPANS_A_TURN: usize = 64;

/// What a span of one import becomes, whatever its platform.
pub(crate) struct Normalizer {
    /// What is stored is known as of then.
    as_of: Timestamp,
    storable: Window,
    is_last_pass: bool,
    /// What is kept where content is not.
    kept: Option<Kept>,
    caps: Caps,
    resources: BTreeMap<&'static str, Arc<Attributes>>,
}

/// The spans of an import on their way to the store.
#[derive(Debug)]
pub(crate) struct Normalized {
    /// What is inserted: each id once, with parents that make trees and ends at or after the starts.
    pub(crate) selection: Selection,
    /// Every span that matched, stored or not.
    pub(crate) ids: HashSet<SpanKey>,
    /// The keys that matched.
    pub(crate) matched_by: BTreeSet<&'static str>,
    /// Spans of calls that are not whole yet: a later pass stores them.
    pub(crate) held_back: usize,
    /// Spans that were left out, by cause.
    pub(crate) rejected: Rejected,
}

impl Normalizer {
    pub(crate) fn new(
        job: &ImportJob,
        as_of: Timestamp,
        is_last_pass: bool,
        settings: Settings,
        caps: Caps,
        source_host: &str,
    ) -> Self {
        let storable = job.event.window().storable();
        let kept = (!settings.capture_content).then(|| Kept {
            keep_attributes: settings.keep_attributes,
            hints: job.event.hints().iter().map(|hint| hint.as_str().to_owned()).collect(),
        });
        Self { as_of, storable, is_last_pass, kept, caps, resources: resources(job, source_host) }
    }

    /// One bad span never fails an import: it is counted and left out. Each source span is let go of as soon as it is
    /// unwrapped, and others have their turn meanwhile.
    pub(crate) async fn normalize<P: Platform>(
        &self,
        spans: Vec<P::Span>,
        owners: &[Ownership],
        stored: &HashSet<SpanKey>,
    ) -> Normalized {
        let mut normalized = Normalized {
            selection: Selection::beside(stored, self.caps),
            ids: HashSet::new(),
            matched_by: BTreeSet::new(),
            held_back: 0,
            rejected: Rejected::none(),
        };
        let mut twigs: Vec<Twig> = Vec::new();
        for (number, unit) in units(spans, owners).into_iter().enumerate() {
            if number % SPANS_A_TURN == 0 {
                tokio::task::yield_now().await;
            }
            for (span, method) in self.normalize_unit::<P>(unit, stored, &mut normalized) {
                normalized.matched_by.insert(method);
                twigs.push(Twig::of(&span));
                if !stored.contains(&(span.trace_id, span.span_id)) {
                    normalized.selection.offer(span);
                }
            }
        }
        complete_tree(&mut normalized.selection.new, &twigs);
        normalized
    }

    /// The end of a span, and with it its last values, may still come.
    fn is_ready(&self, span: &impl SourceSpan) -> bool {
        self.is_last_pass || span.ended_at().is_some_and(|end| end <= self.storable.to)
    }

    /// The spans of a unit that are stored now.
    fn normalize_unit<P: Platform>(
        &self,
        unit: Unit<P::Span>,
        stored: &HashSet<SpanKey>,
        normalized: &mut Normalized,
    ) -> Vec<(Span, &'static str)> {
        let (members, waiting): (Vec<_>, Vec<_>) = unit.members.into_iter().partition(|(span, _)| self.is_ready(span));
        let has_ended = waiting.is_empty();
        let (mut sent, mut methods) = (Vec::new(), Vec::new());
        for (source, method) in members {
            match self.unwrap::<P>(&source) {
                Ok(span) if normalized.ids.insert((span.trace_id, span.span_id)) => {
                    sent.push(span);
                    methods.push(method);
                }
                Ok(_) => normalized.rejected.add("same_id", 1),
                Err(cause) => normalized.rejected.add(cause, 1),
            }
        }
        let is_stored = |span: &SentSpan| stored.contains(&(span.trace_id, span.span_id));
        let new = sent.iter().filter(|span| !is_stored(span)).count();
        let is_begun = new < sent.len();
        let is_whole = unit.is_there && has_ended && has_settled(&sent, self.as_of);
        let spans = if unit.may_be_call && is_begun && new > 0 && is_call(&sent) {
            normalized.rejected.add(LATE_IN_CALL, u64::try_from(new).unwrap_or(u64::MAX));
            interpret_late(sent)
        } else if unit.may_be_call && !is_begun && !is_whole && !self.is_last_pass {
            normalized.held_back += sent.len();
            return Vec::new();
        } else {
            interpret(sent)
        };
        spans.into_iter().zip(methods).map(|(span, method)| (self.within_bounds(span, method), method)).collect()
    }

    fn unwrap<P: Platform>(&self, source: &P::Span) -> Result<SentSpan, &'static str> {
        if self.storable.contains(source.started_at()) { P::unwrap(source) } else { Err("far_outside_window") }
    }

    fn within_bounds(&self, mut span: Span, method: &str) -> Span {
        // A clock or a unit was wrong.
        span.ended_at = span.ended_at.filter(|end| *end <= self.storable.to);
        if let Some(kept) = &self.kept {
            withhold_content(&mut span, kept);
        }
        cut(&mut span.name, LONGEST_NAME);
        cut(&mut span.status_message, LONGEST_MESSAGE);
        self.trim(&mut span.attributes);
        for event in &mut span.events {
            cut(&mut event.name, LONGEST_NAME);
            self.trim(&mut event.attributes);
        }
        span.resource = self.resources.get(method).cloned().unwrap_or_default();
        span
    }

    fn trim(&self, attributes: &mut Attributes) {
        attributes.cut_names(LONGEST_NAME);
        attributes.cut_values(self.caps.value_bytes);
    }
}

/// The resource attributes of an import's spans: they differ in nothing but the key that matched.
fn resources(job: &ImportJob, source_host: &str) -> BTreeMap<&'static str, Arc<Attributes>> {
    use names::resource;
    let event = &job.event;
    let mut common = Attributes::default();
    common.set(resource::SERVICE_NAME, job.provider.as_str());
    common.set(resource::ORGANIZATION_ID, event.organization_id.as_str());
    common.set(resource::SIMULATION_OUTPUT_ID, event.simulation_output_id.as_str());
    common.set(resource::ATTEMPT, event.attempt.to_string());
    common.set(resource::IMPORT_ID, job.import_id().to_string());
    common.set(resource::IMPORT_SOURCE_HOST, source_host);
    if let Some(run_id) = &event.run_id {
        common.set(resource::RUN_ID, run_id.as_str());
    }
    let of_method = |method: &'static str| {
        let mut attributes = common.clone();
        attributes.set(resource::CORRELATION_METHOD, method);
        (method, Arc::new(attributes))
    };
    Key::ALL.map(Key::as_str).into_iter().chain([WINDOW_METHOD]).map(of_method).collect()
}
