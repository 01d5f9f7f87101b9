use spanlift_aws::ImportEntry;
use spanlift_model::Status;

use crate::assess::{Assessment, Phase, Way};
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
        let entry = assessment.standing.import(provider);
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
        Phase::NotForced(_) => Some(format!(
            "already {stands}, and not read again now: a further look is due by itself {next}. A longer --timeout waits for it; --force works after the last one."
        )),
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
        Phase::Due(_) => {
            let waits = if way.is_forced() { " --force does not hasten that." } else { "" };
            Some(format!("still due: the next look is {next}.{waits}"))
        }
    }
}

fn stands(entry: &ImportEntry) -> String {
    let reason = entry.reason.as_deref().map(|reason| format!(" ({})", clean(reason)));
    format!("{}{}", entry.status, reason.unwrap_or_default())
}
