use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use spanlift_model::correlation::{Key, Ownership, WINDOW_METHOD};
use spanlift_model::{
    Attributes, Caps, ImportJob, Settings, SourceSpan, Span, SpanId, TraceId, Window, complete_tree, names,
};

use crate::ports::Platform;

/// What a span of one import becomes, whatever its platform.
pub(crate) struct Normalizer {
    storable: Window,
    is_last_pass: bool,
    settings: Settings,
    caps: Caps,
    resources: BTreeMap<&'static str, Arc<Attributes>>,
}

/// The spans of an import on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Normalized {
    /// Each id once, with parents that make trees and ends at or after the starts.
    pub(crate) spans: Vec<Span>,
    /// The keys that matched.
    pub(crate) matched_by: BTreeSet<&'static str>,
    /// Spans that were left out, by cause.
    pub(crate) rejected: BTreeMap<&'static str, u64>,
}

impl Normalizer {
    pub(crate) fn new(job: &ImportJob, is_last_pass: bool, settings: Settings, caps: Caps, source_host: &str) -> Self {
        let storable = job.event.window().storable();
        Self { storable, is_last_pass, settings, caps, resources: resources(job, source_host) }
    }

    /// One bad span never fails an import: it is counted and left out.
    pub(crate) fn normalize<P: Platform>(&self, spans: &[P::Span], owners: &[Ownership]) -> Normalized {
        let mut normalized = Normalized::default();
        let mut ids: HashSet<(TraceId, SpanId)> = HashSet::new();
        for (source, owner) in spans.iter().zip(owners) {
            let Some(method) = self.method(*owner).filter(|_| self.is_ready(source)) else { continue };
            match self.normalize_span::<P>(source, method) {
                Ok(span) if ids.insert((span.trace_id, span.span_id)) => {
                    normalized.matched_by.insert(method);
                    normalized.spans.push(span);
                }
                Ok(_) => *normalized.rejected.entry("same_id").or_default() += 1,
                Err(cause) => *normalized.rejected.entry(cause).or_default() += 1,
            }
        }
        complete_tree(&mut normalized.spans);
        normalized
    }

    /// How the span was found to be ours; `None` when it is not to be stored (now).
    fn method(&self, owner: Ownership) -> Option<&'static str> {
        match owner {
            Ownership::Ours(key) => Some(key.as_str()),
            Ownership::InWindow => Some(WINDOW_METHOD),
            Ownership::Undecided(_) | Ownership::Left(_) | Ownership::Unmatched => None,
        }
    }

    /// The end of a span, and with it its last values, may still come.
    fn is_ready(&self, span: &impl SourceSpan) -> bool {
        span.ended_at().is_some() || self.is_last_pass
    }

    fn normalize_span<P: Platform>(&self, source: &P::Span, method: &str) -> Result<Span, &'static str> {
        if !self.storable.contains(source.started_at()) {
            return Err("far_outside_window");
        }
        let mut span = P::normalize(source)?;
        self.trim::<P>(&mut span.attributes);
        for event in &mut span.events {
            self.trim::<P>(&mut event.attributes);
        }
        span.resource = self.resources.get(method).cloned().unwrap_or_default();
        Ok(span)
    }

    fn trim<P: Platform>(&self, attributes: &mut Attributes) {
        if !self.settings.capture_content {
            attributes.retain(|name| !names::is_content(name) && !P::is_content(name));
        }
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
