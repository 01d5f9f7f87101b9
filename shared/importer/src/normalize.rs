use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use spanlift_model::correlation::{Key, Ownership, WINDOW_METHOD};
use spanlift_model::{
    Attributes, Caps, ImportJob, Rejected, Selection, Settings, SourceSpan, Span, SpanKey, Timestamp, Twig, Window,
    complete_tree, cut, names,
};

use crate::ports::Platform;

/// Bytes of a span's, an event's or an attribute's name.
const LONGEST_NAME: usize = 1 << 10;
/// Bytes of a status message.
const LONGEST_MESSAGE: usize = 64 << 10;
/// Spans that are normalized before others have their turn.
const SPANS_A_TURN: usize = 64;

/// What a span of one import becomes, whatever its platform.
pub(crate) struct Normalizer {
    storable: Window,
    is_last_pass: bool,
    settings: Settings,
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
    /// Spans that were left out, by cause.
    pub(crate) rejected: Rejected,
}

impl Normalizer {
    pub(crate) fn new(job: &ImportJob, is_last_pass: bool, settings: Settings, caps: Caps, source_host: &str) -> Self {
        let storable = job.event.window().storable();
        Self { storable, is_last_pass, settings, caps, resources: resources(job, source_host) }
    }

    /// One bad span never fails an import: it is counted and left out. Each source span is let go of as soon as it is
    /// normalized, and others have their turn meanwhile.
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
            rejected: Rejected::none(),
        };
        let mut twigs: Vec<Twig> = Vec::new();
        for (number, (source, method)) in self.ours(spans, owners).into_iter().enumerate() {
            if number % SPANS_A_TURN == 0 {
                tokio::task::yield_now().await;
            }
            match self.normalize_span::<P>(&source, method) {
                Ok(span) if normalized.ids.insert((span.trace_id, span.span_id)) => {
                    normalized.matched_by.insert(method);
                    twigs.push(Twig::of(&span));
                    if !stored.contains(&(span.trace_id, span.span_id)) {
                        normalized.selection.offer(span);
                    }
                }
                Ok(_) => normalized.rejected.add("same_id", 1),
                Err(cause) => normalized.rejected.add(cause, 1),
            }
        }
        complete_tree(&mut normalized.selection.new, &twigs);
        normalized
    }

    /// What is to be stored, with the method by which it was found, in the order of (trace start, span start, id).
    fn ours<S: SourceSpan>(&self, spans: Vec<S>, owners: &[Ownership]) -> Vec<(S, &'static str)> {
        let mut starts: HashMap<String, Timestamp> = HashMap::new();
        for (span, _) in spans.iter().zip(owners).filter(|(_, owner)| owner.is_candidate()) {
            match starts.get_mut(span.trace_id()) {
                Some(start) => *start = span.started_at().min(*start),
                None => _ = starts.insert(span.trace_id().to_owned(), span.started_at()),
            }
        }
        let ready = spans.into_iter().zip(owners).filter(|(span, _)| self.is_ready(span));
        let mut ours: Vec<(S, &'static str)> =
            ready.filter_map(|(span, owner)| Some((span, Self::method(*owner)?))).collect();
        ours.sort_by(|(a, _), (b, _)| {
            let place = |span: &S| (starts.get(span.trace_id()).copied(), span.started_at());
            let ids = (a.trace_id(), a.span_id()).cmp(&(b.trace_id(), b.span_id()));
            place(a).cmp(&place(b)).then(ids)
        });
        ours
    }

    /// How the span was found to be ours; `None` when it is not to be stored (now).
    fn method(owner: Ownership) -> Option<&'static str> {
        match owner {
            Ownership::Ours(key) => Some(key.as_str()),
            Ownership::InWindow => Some(WINDOW_METHOD),
            Ownership::Undecided(_) | Ownership::Left(_) | Ownership::Unmatched => None,
        }
    }

    /// The end of a span, and with it its last values, may still come.
    fn is_ready(&self, span: &impl SourceSpan) -> bool {
        self.is_last_pass || span.ended_at().is_some_and(|end| end <= self.storable.to)
    }

    fn normalize_span<P: Platform>(&self, source: &P::Span, method: &str) -> Result<Span, &'static str> {
        if !self.storable.contains(source.started_at()) {
            return Err("far_outside_window");
        }
        let mut span = P::normalize(source)?;
        // A clock or a unit was wrong.
        span.ended_at = span.ended_at.filter(|end| *end <= self.storable.to);
        cut(&mut span.name, LONGEST_NAME);
        cut(&mut span.status_message, LONGEST_MESSAGE);
        self.trim::<P>(&mut span.attributes);
        for event in &mut span.events {
            cut(&mut event.name, LONGEST_NAME);
            self.trim::<P>(&mut event.attributes);
        }
        span.resource = self.resources.get(method).cloned().unwrap_or_default();
        Ok(span)
    }

    fn trim<P: Platform>(&self, attributes: &mut Attributes) {
        if !self.settings.capture_content {
            attributes.retain(|name| !names::is_content(name) && !P::is_content(name));
        }
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
