use spanlift_aws::ImportEntry;
use spanlift_model::Status;

use crate::replay_progress::{Assessment, Phase, Way};
use crate::summary::when;
use crate::text::clean;
use crate::view::View;

/// What the replay did, and what is still due, a line a provider where there is something to say.
pub(crate) fn verdicts(assessment: &Assessment, way: &Way, view: &View) -> Vec<String> {
    if !assessment.is_fanned_out {
        return vec![
            "The event was sent, and fanout has not taken it. Is it running? Its log says so, and so does its dead-letter queue if it could not."
                .to_owned(),
        ];
    }
    if assessment.phases.is_empty() {
        return vec!["The organization has connected no provider, so there is nothing to read.".to_owned()];
    }
    let said = assessment.phases.iter().filter_map(|(provider, phase)| {
        let entry = assessment.attempt_status.import(provider);
        verdict(*phase, entry, way, view).map(|verdict| format!("{}: {verdict}", clean(provider)))
    });
    said.collect()
}

fn verdict(phase: Phase, entry: Option<&ImportEntry>, way: &Way, view: &View) -> Option<String> {
    let stands = entry.map(stands).unwrap_or_default();
    let next = entry
        .and_then(|entry| entry.next_at)
        .map_or_else(|| "later".to_owned(), |at| format!("{} ({at})", when(at, view.now)));
    match phase {
        Phase::Done => None,
        Phase::Already if entry.is_some_and(|entry| entry.next_pass.is_some()) => {
            Some(format!("already {stands}, nothing to do; a further look is due by itself {next}."))
        }
        Phase::Already => Some(format!("already {stands}, nothing to do; --force reads again.")),
        Phase::Awaited => Some(
            "still due: the function has not begun. Is it running? Its log says so, and so does its dead-letter queue if it could not."
                .to_owned(),
        ),
        Phase::Running(Status::Retrying) => {
            Some("still due: a try failed, and its message comes back to the queue by itself.".to_owned())
        }
        Phase::Running(_) => {
            let lease = entry.and_then(|entry| entry.lease_until);
            let until = lease.map(|until| format!("; its lease ends {} ({until})", when(until, view.now)));
            Some(format!("still reading{}.", until.unwrap_or_default()))
        }
        Phase::Due(_) if way.is_forced() => {
            Some(format!("looked again, and now {stands}: the next look is {next}."))
        }
        Phase::Due(_) => Some(format!("still due: the next look is {next}.")),
    }
}

fn stands(entry: &ImportEntry) -> String {
    let reason = entry.reason.as_deref().map(|reason| format!(" ({})", clean(reason)));
    format!("{}{}", entry.status, reason.unwrap_or_default())
}
