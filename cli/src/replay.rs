//! `spanlift replay`: sends events and jobs again and says what came of them.

use std::io::{self, Write};
use std::time::Duration;

use spanlift_importer::PortError;
use spanlift_model::{Clock, ImportJob, Refusal, Status};
use tokio::time::Instant;

use crate::follow::{FollowError, follow};
use crate::input::{Content, Message};
use crate::ports::{LedgerView, Outbox};
use crate::progress::Progress;
use crate::replay_progress::{Assessment, Phase, Sent, Way};
use crate::status::AttemptStatus;
use crate::summary::{explanations, imports_table};
use crate::text::clean;
use crate::verdicts::verdicts;
use crate::view::{Tone, View};

/// How to replay.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Read again what has ended.
    pub is_forced: bool,
    /// How long to wait for what comes of it; `None` is not at all.
    pub patience: Option<Duration>,
}

/// Why a replay broke off.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Something could not be asked or sent.
    #[error(transparent)]
    Port(#[from] PortError),
    /// What there is to say cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

impl From<FollowError> for ReplayError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Port(error) => Self::Port(error),
            FollowError::Output(error) => Self::Output(error),
        }
    }
}

/// Replays the events and jobs among `messages` and tells of them on `out`. True when nothing was refused, has failed or is lost.
///
/// # Errors
/// [`ReplayError`].
pub async fn replay<D: Outbox + LedgerView, K: Clock, W: Write>(
    deployment: &D,
    clock: &K,
    messages: &[Message],
    plan: Plan,
    view: &View,
    progress: &mut Progress<W>,
    out: &mut impl Write,
) -> Result<bool, ReplayError> {
    let mut is_well = true;
    let mut sent = Vec::new();
    for message in messages {
        match &message.content {
            Ok(content) => sent.push(send(deployment, clock, content, plan.is_forced).await?),
            Err(Refusal::IgnoredStatus) => {
                writeln!(out, "ignored: the simulation did not take place, so there is nothing to import.\n")?;
            }
            Err(refusal) => {
                is_well = false;
                tell_refused(refusal, &message.body, view, out)?;
            }
        }
    }
    let Some(patience) = plan.patience else {
        sent.iter().try_for_each(|sent| tell_sent(sent, out))?;
        return Ok(is_well);
    };
    let deadline = Instant::now() + patience;
    for sent in &sent {
        let assessment = follow(deployment, clock, sent, deadline, progress).await?;
        let view = View { now: clock.now(), ..*view };
        tell(&assessment, sent, &view, out)?;
        is_well &= is_fine(&assessment);
    }
    Ok(is_well)
}

async fn send<D: Outbox + LedgerView>(
    deployment: &D,
    clock: &impl Clock,
    content: &Content,
    is_forced: bool,
) -> Result<Sent, PortError> {
    let event = content.event();
    let organization_id = &event.organization_id;
    let entries = deployment.entries(organization_id, &event.simulation_output_id, clock.now()).await?;
    let before = AttemptStatus::new(entries, event.attempt);
    let way = match content {
        Content::Job(job) => {
            let job = ImportJob { force: job.force || is_forced, ..job.clone() };
            deployment.send_job(&job).await?;
            Way::Job { provider: job.provider, is_forced: job.force }
        }
        Content::Event(event) if is_forced => {
            let (mut sent_to, mut not_connected) = (Vec::new(), Vec::new());
            for provider in deployment.providers() {
                if !deployment.is_connected(organization_id, &provider).await? {
                    not_connected.push(provider);
                    continue;
                }
                let first = ImportJob::first(event.clone(), provider.clone());
                deployment.send_job(&ImportJob { force: true, ..first }).await?;
                sent_to.push(provider);
            }
            Way::Forced { sent_to, not_connected }
        }
        Content::Event(event) => {
            deployment.send_event(event).await?;
            Way::Event
        }
    };
    Ok(Sent { event: event.clone(), before, way })
}

/// A message as it would stand in the dead-letter queue.
fn tell_refused(refusal: &Refusal, body: &str, view: &View, out: &mut impl Write) -> io::Result<()> {
    let refused = view.paint(Tone::Bad, "refused");
    writeln!(out, "{refused}: the function would put this message into its dead-letter queue, as")?;
    writeln!(out, "  reason  {}", refusal.reason())?;
    writeln!(out, "  detail  {}", clean(&refusal.to_string()))?;
    writeln!(out, "  body    {}\n", clean(body.trim()))
}

fn tell_sent(sent: &Sent, out: &mut impl Write) -> io::Result<()> {
    let event = &sent.event;
    let (organization, simulation) = (&event.organization_id, &event.simulation_output_id);
    match &sent.way {
        Way::Event => writeln!(out, "sent to fanout: simulation {simulation}, attempt {}", event.attempt)?,
        Way::Job { provider, .. } => {
            writeln!(out, "sent to {provider}: simulation {simulation}, attempt {}", event.attempt)?;
        }
        Way::Forced { sent_to, .. } => {
            let names: Vec<_> = sent_to.iter().map(ToString::to_string).collect();
            let names = if names.is_empty() { "no provider: none is connected".to_owned() } else { names.join(", ") };
            writeln!(out, "sent to {names}: simulation {simulation}, attempt {}", event.attempt)?;
        }
    }
    writeln!(out, "what comes of it: spanlift show {organization} '{simulation}' --attempt {}", event.attempt)
}

fn tell(assessment: &Assessment, sent: &Sent, view: &View, out: &mut impl Write) -> io::Result<()> {
    let event = &sent.event;
    let title = format!("simulation {}, attempt {}", event.simulation_output_id, event.attempt);
    writeln!(out, "{} of organization {}", view.paint(Tone::Strong, &title), event.organization_id)?;
    if assessment.is_fanned_out {
        write!(
            out,
            "{}\n{}",
            imports_table(&assessment.attempt_status, view),
            explanations(&assessment.attempt_status, view)
        )?;
    }
    for verdict in verdicts(assessment, &sent.way, view) {
        writeln!(out, "{verdict}")?;
    }
    writeln!(out)
}

/// Nothing has failed, and nobody is silent who should have begun.
fn is_fine(assessment: &Assessment) -> bool {
    let has_failed = |provider: &String| {
        let entry = assessment.attempt_status.import(provider);
        entry.is_some_and(|entry| entry.status == Status::Failed)
    };
    let mut phases = assessment.phases.iter();
    assessment.is_fanned_out && phases.all(|(provider, phase)| *phase != Phase::Awaited && !has_failed(provider))
}
