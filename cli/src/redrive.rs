//! `spanlift redrive`: dead letters back to the queues that they came from.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use spanlift_aws::{DeadLetter, DeadLetters};
use spanlift_importer::PortError;
use spanlift_model::{ImportJob, SimulationCompleted};

use crate::ports::DeadLetterOffice;
use crate::table::{Cell, Column, table};
use crate::text::{clean, in_words};
use crate::view::{Tone, View};

const COLUMNS: [Column; 5] = [
    ("queue", false),
    ("message", false),
    ("organization", false),
    ("simulation", false),
    ("what became of it", false),
];

/// Why nothing was sent back.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// It is none of the deployment's.
    #[error("there is no queue {asked}; there are {known}")]
    UnknownQueue {
        /// The queue that was asked for.
        asked: String,
        /// Those that there are.
        known: String,
    },
    /// What there is to say cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// What became of a message.
#[derive(Debug)]
enum Fate {
    SentBack {
        is_forced: bool,
    },
    /// It was sent, and is still here.
    Doubled(PortError),
    Refused(String),
    NotSent(PortError),
}

/// Sends what lies in the dead-letter queues now back to the queues that they belong to, and tells of each message on
/// `out`. `queues` are each queue's dead-letter queue; `asked` names those that count, all when empty. True when
/// nothing went wrong.
///
/// # Errors
/// [`RedriveError`].
pub async fn redrive(
    office: &impl DeadLetterOffice,
    queues: &BTreeMap<String, String>,
    asked: &[String],
    view: &View,
    out: &mut impl Write,
) -> Result<bool, RedriveError> {
    let (mut rows, mut faults, mut warnings, mut sent_back) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (source, dead) in choose(queues, asked)? {
        let Emptied { fates, hidden, end } = empty(office, source, dead).await;
        faults.extend(end.err().map(|error| format!("{}: {}", name(dead), clean(&error.to_string()))));
        sent_back += fates.iter().filter(|(_, fate)| fate.is_sent()).count();
        rows.extend(fates.iter().map(|(letter, fate)| row(source, letter, fate)));
        faults.extend(fates.iter().filter_map(|(letter, fate)| fate.fault(letter)));
        warnings.extend(hidden.iter().map(|(message_id, error)| still_hidden(message_id, error)));
    }
    if rows.is_empty() {
        writeln!(out, "nothing to send back")?;
    } else {
        let stay = rows.len() - sent_back;
        write!(out, "{}", table(COLUMNS, &rows, view))?;
        writeln!(out, "\n{sent_back} sent back, {stay} left")?;
    }
    for warning in &warnings {
        writeln!(out, "{}: {warning}", view.paint(Tone::Waiting, "warning"))?;
    }
    for fault in &faults {
        writeln!(out, "{}: {fault}", view.paint(Tone::Bad, "went wrong"))?;
    }
    Ok(faults.is_empty())
}

fn choose<'a>(
    queues: &'a BTreeMap<String, String>,
    asked: &[String],
) -> Result<Vec<(&'a String, &'a String)>, RedriveError> {
    let is_meant = |asked: &String, url: &str| url == asked || name(url) == asked;
    let names = |asked: &String, (source, dead): (&String, &String)| is_meant(asked, source) || is_meant(asked, dead);
    if let Some(asked) = asked.iter().find(|asked| !queues.iter().any(|pair| names(asked, pair))) {
        let known: Vec<_> = queues.keys().map(|url| name(url)).collect();
        return Err(RedriveError::UnknownQueue { asked: asked.clone(), known: known.join(", ") });
    }
    let is_chosen = |pair: &(&String, &String)| asked.is_empty() || asked.iter().any(|asked| names(asked, *pair));
    Ok(queues.iter().filter(is_chosen).collect())
}

/// What became of a queue's messages.
struct Emptied {
    fates: Vec<(DeadLetter, Fate)>,
    /// The names of those that stay and could not be put back, and why not.
    hidden: Vec<(String, PortError)>,
    /// Why no more were taken, should that have failed.
    end: Result<(), PortError>,
}

async fn empty(office: &impl DeadLetterOffice, source: &str, dead: &str) -> Emptied {
    let (mut fates, mut hidden) = (Vec::new(), Vec::new());
    let end = take_all(office, source, dead, &mut fates).await;
    // Only now, or they would be taken again and again.
    for (letter, _) in fates.iter().filter(|(_, fate)| !fate.is_sent()) {
        if let Err(error) = office.put_back(dead, letter).await {
            hidden.push((letter.message_id.clone(), error));
        }
    }
    Emptied { fates, hidden, end }
}

/// Takes as many messages as there are at first: one that fails again and comes back meanwhile is not taken twice.
async fn take_all(
    office: &impl DeadLetterOffice,
    source: &str,
    dead: &str,
    fates: &mut Vec<(DeadLetter, Fate)>,
) -> Result<(), PortError> {
    let at_first = office.count(dead).await?;
    let mut seen = HashSet::new();
    while seen.len() < at_first {
        let letters = office.take(dead, at_first - seen.len()).await?;
        // None is left, or what is given is given again: a queue may do so.
        let news: Vec<_> = letters.into_iter().filter(|letter| seen.insert(letter.message_id.clone())).collect();
        if news.is_empty() {
            break;
        }
        for letter in news {
            let fate = send_back(office, source, dead, &letter).await;
            fates.push((letter, fate));
        }
    }
    Ok(())
}

/// Deletes only what was sent: whatever fails, the message is in one of the queues, or in both.
async fn send_back(office: &impl DeadLetterOffice, source: &str, dead: &str, letter: &DeadLetter) -> Fate {
    if let Some(reason) = &letter.reason {
        return Fate::Refused(reason.clone());
    }
    let (body, is_forced) = again(&letter.body);
    if let Err(error) = office.send(source, letter, body).await {
        return Fate::NotSent(error);
    }
    match office.delete(dead, letter).await {
        Ok(()) => Fate::SentBack { is_forced },
        Err(error) => Fate::Doubled(error),
    }
}

/// The message's body for another try. A job's import has ended as failed: only by force it begins anew. Everything
/// else goes as it is.
fn again(body: &str) -> (String, bool) {
    let forced = ImportJob::parse(body)
        .ok()
        .and_then(|job| serde_json::to_string(&ImportJob { pass: 0, not_before: None, force: true, ..job }).ok());
    let is_forced = forced.is_some();
    (forced.unwrap_or_else(|| body.to_owned()), is_forced)
}

impl Fate {
    fn is_sent(&self) -> bool {
        matches!(self, Self::SentBack { .. } | Self::Doubled(_))
    }

    fn tell(&self) -> (Tone, String) {
        match self {
            Self::SentBack { is_forced: true } => (Tone::Good, "sent back, by force".to_owned()),
            Self::SentBack { is_forced: false } => (Tone::Good, "sent back".to_owned()),
            Self::Doubled(_) => (Tone::Waiting, "sent back, and here still".to_owned()),
            Self::Refused(reason) => (Tone::Plain, format!("stays: it was refused ({})", clean(reason))),
            Self::NotSent(_) => (Tone::Bad, "stays: it could not be sent".to_owned()),
        }
    }

    fn fault(&self, letter: &DeadLetter) -> Option<String> {
        let id = clean(&letter.message_id);
        match self {
            Self::SentBack { .. } | Self::Refused(_) => None,
            Self::NotSent(error) => Some(format!("{id} stays: {}", clean(&error.to_string()))),
            Self::Doubled(error) => Some(format!(
                "{id} was sent back, and could not be deleted here: {}. Sent back once more it does no harm.",
                clean(&error.to_string())
            )),
        }
    }
}

/// Nothing is lost by it: the queue shows the message again by itself.
fn still_hidden(message_id: &str, error: &PortError) -> String {
    let (id, error) = (clean(message_id), clean(&error.to_string()));
    format!("{id} stays, but is not seen for up to {}: {error}", in_words(DeadLetters::HIDDEN))
}

fn row(source: &str, letter: &DeadLetter, fate: &Fate) -> [Cell; 5] {
    let event = SimulationCompleted::parse(&letter.body).ok();
    let (tone, told) = fate.tell();
    [
        Cell::new(clean(name(source))),
        Cell::new(clean(&letter.message_id)),
        Cell::some(event.as_ref().map(|event| clean(event.organization_id.as_str()))),
        Cell::some(event.as_ref().map(|event| clean(event.simulation_output_id.as_str()))),
        Cell::new(told).toned(tone),
    ]
}

/// A queue's name: the end of its URL.
fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
