use std::io::{self, Write};
use std::time::Duration;

use spanlift_importer::PortError;
use spanlift_model::{Clock, Status, Timestamp};
use tokio::time::{Instant, sleep};

use crate::ports::LedgerView;
use crate::progress::Progress;
use crate::replay_progress::{Assessment, Phase, Sent, assess};
use crate::status::AttemptStatus;
use crate::text::in_words;

/// The first pause between two looks at the ledger; each is longer than the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const GROWTH: f64 = 1.4;

/// Why following ended early.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Progress cannot be told.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// Looks at the ledger until the replay is done, `deadline` is there, or nothing can happen before it.
pub(crate) async fn follow<L: LedgerView, K: Clock, W: Write>(
    ledger: &L,
    clock: &K,
    sent: &Sent,
    deadline: Instant,
    progress: &mut Progress<W>,
) -> Result<Assessment, FollowError> {
    let event = &sent.event;
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let now = clock.now();
        let entries = ledger.entries(&event.organization_id, &event.simulation_output_id, now).await?;
        let assessment = assess(sent, AttemptStatus::new(entries, event.attempt));
        let left = deadline.saturating_duration_since(Instant::now());
        if assessment.is_done() || left.is_zero() || assessment.rests_until(now.plus(left)) {
            progress.finish()?;
            return Ok(assessment);
        }
        progress.tell(began.elapsed().as_secs(), &describe(&assessment, now))?;
        sleep(pause.min(left)).await;
        pause = pause.mul_f64(GROWTH).min(LONGEST_PAUSE);
    }
}

/// How far it is, as one line.
fn describe(assessment: &Assessment, now: Timestamp) -> String {
    if !assessment.is_fanned_out {
        return "sent; waiting for fanout".to_owned();
    }
    let phases = assessment.phases.iter().map(|(provider, phase)| {
        let phase = match phase {
            Phase::Awaited => "waiting for the function to begin".to_owned(),
            Phase::Running(Status::Retrying) => "a try failed, waiting for the next".to_owned(),
            Phase::Running(_) => "reading".to_owned(),
            Phase::Due(at) => format!("nothing yet, {}", next_look(*at, now)),
            Phase::Already | Phase::Done => "done".to_owned(),
        };
        format!("{provider}: {phase}")
    });
    phases.collect::<Vec<_>>().join(", ")
}

fn next_look(at: Option<Timestamp>, now: Timestamp) -> String {
    match at {
        Some(at) if at > now => {
            // Rounded, so that a log does not get a line a second.
            let seconds = at.since(now).as_secs().div_ceil(10) * 10;
            format!("next look within {}", in_words(Duration::from_secs(seconds)))
        }
        _ => "next look due".to_owned(),
    }
}
