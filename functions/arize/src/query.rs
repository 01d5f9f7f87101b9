//! What Phoenix is asked for: pages of a project's spans (docs/platforms/phoenix.md#41-parameters).

use std::time::Duration;

use spanlift_model::Timestamp;

/// A page that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest<'a> {
    pub(crate) project: &'a str,
    pub(crate) form: Form,
    pub(crate) limit: usize,
    pub(crate) cursor: Option<&'a str>,
    /// Spans start at or after this,
    pub(crate) from: Timestamp,
    /// and at or before this.
    pub(crate) to: Timestamp,
    /// Oldest insertion first, where the server knows the parameter: rows that come meanwhile are told too.
    pub(crate) oldest_first: bool,
    /// `trace_id` or `attribute`, as often as need be. Old servers ignore them: what comes is to be checked.
    pub(crate) filters: &'a [(&'static str, String)],
}

/// The two forms in which Phoenix tells spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `…/spans`
    Plain,
    /// `…/spans/otlpv1`: larger and slower, but it tells spans on which the other one breaks.
    Otlp,
}

impl PageRequest<'_> {
    /// The endpoint of the form.
    pub(crate) fn path(&self) -> Vec<&str> {
        let mut path = vec!["v1", "projects", self.project, "spans"];
        if self.form == Form::Otlp {
            path.push("otlpv1");
        }
        path
    }

    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("limit", self.limit.to_string()),
            ("start_time", self.from.to_micros_text()),
            ("end_time", end_of(self.to).to_micros_text()),
        ];
        parameters.extend(self.cursor.map(|cursor| ("cursor", cursor.to_owned())));
        if self.oldest_first {
            parameters.extend([("sort", "id".to_owned()), ("order", "asc".to_owned())]);
        }
        parameters.extend(self.filters.iter().cloned());
        parameters
    }
}

/// Phoenix cuts to microseconds and leaves the end itself out.
fn end_of(to: Timestamp) -> Timestamp {
    to.plus(Duration::from_micros(1))
}
