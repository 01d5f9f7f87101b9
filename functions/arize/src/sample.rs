//! A look at the newest rows of the window, and at nothing else: which keys stand on them.

use std::ops::ControlFlow;

use spanlift_importer::{Discovery, Query, Reading};
use spanlift_model::correlation::{Label, Sample, Sightings};
use spanlift_model::{PlatformError, SourceSpan as _, Truncation};

use crate::api::Phoenix;
use crate::paging::Walk;
use crate::row::{PhoenixRow, Read};

/// Looks at the newest `most` rows. Phoenix tells the rows first that came last.
pub(crate) async fn sample(
    phoenix: &Phoenix<'_>,
    query: &Query,
    project: &str,
    most: usize,
) -> Result<Reading<PhoenixRow>, PlatformError> {
    let (mut sample, mut sightings) = (Sample::default(), Sightings::default());
    let window = query.window.discovery();
    phoenix.ask_for_at_most(most.clamp(1, phoenix.most_rows()));
    let walk = Walk { project, window, filters: &[], until: query.read_until, newest_first: true };
    let take = |read: Read| {
        if read.started_at().is_some_and(|at| !window.contains(at)) {
            return ControlFlow::Continue(());
        }
        let (labels, is_tag_unknown): (&[Label], bool) = match &read {
            Read::Span(row) => (row.labels(), row.is_tag_unknown()),
            Read::Outline(outline) => (&outline.labels, outline.is_tag_unknown),
            Read::Lost { .. } => return ControlFlow::Continue(()),
        };
        sightings.add(labels);
        if is_tag_unknown {
            sightings.add_unknown();
        }
        if let Some((trace_id, _)) = read.ids() {
            sample.add(trace_id, read.started_at(), labels, is_tag_unknown);
        }
        if sample.has(most) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let walked = phoenix.walk(&walk, take).await?;
    if walked.cut == Some(Truncation::Budget) && sample.rows() == 0 {
        return Err(PlatformError::Timeout);
    }
    let is_whole = walked.cut.is_none() && !walked.may_hide_a_tag;
    Ok(Reading {
        sample,
        sightings,
        // That there is more than was asked for is no cut.
        cut: walked.cut.filter(|cut| *cut != Truncation::Size),
        discovery: if is_whole { Discovery::Whole } else { Discovery::Unfinished },
        requests: phoenix.requests(),
        server_version: phoenix.version(),
        ..Reading::of(phoenix.host())
    })
}
