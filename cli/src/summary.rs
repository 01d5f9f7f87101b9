use spanlift_aws::ImportEntry;
use spanlift_importer::LATE_IN_CALL;
use spanlift_model::{Status, Timestamp, Truncation};

use crate::explain::{INCOMPLETE, QUEUED, explain, explain_discovery, explain_truncation};
use crate::status::AttemptStatus;
use crate::table::{Cell, Column, table};
use crate::text::{clean, in_words};
use crate::view::{Tone, View};

const COLUMNS: [Column; 9] = [
    ("provider", false),
    ("status", false),
    ("reason", false),
    ("matched by", false),
    ("traces", true),
    ("spans stored", true),
    ("requests", true),
    ("seconds", true),
    ("next look", false),
];

/// How the imports of an attempt stand, as a table.
pub(crate) fn imports_table(attempt_status: &AttemptStatus, view: &View) -> String {
    let mut rows: Vec<_> = attempt_status.imports.iter().map(|entry| row(entry, view.now)).collect();
    let queued = Cell::new(QUEUED.0).toned(Tone::Waiting);
    rows.extend(attempt_status.untold(&attempt_status.sent_to).map(|provider| silent(provider, queued.clone())));
    let absent = status_cell(Status::NotConnected);
    rows.extend(attempt_status.untold(&attempt_status.not_connected).map(|provider| silent(provider, absent.clone())));
    table(COLUMNS, &rows, view)
}

fn row(entry: &ImportEntry, now: Timestamp) -> [Cell; 9] {
    let matched_by = Some(clean(&entry.matched_by.join(", "))).filter(|keys| !keys.is_empty());
    let stored = entry.stored.map(|stored| match entry.matched_spans {
        Some(matched) if matched != stored => format!("{stored} of {matched}"),
        _ => stored.to_string(),
    });
    #[expect(clippy::cast_precision_loss, reason = "seconds with two digits")]
    let seconds = entry.duration_ms.map(|duration| format!("{:.2}", duration as f64 / 1000.0));
    [
        Cell::new(clean(&entry.provider)),
        status_cell(entry.status),
        Cell::some(reason(entry)),
        Cell::some(matched_by),
        Cell::some(entry.matched_traces),
        Cell::some(stored),
        Cell::some(entry.requests),
        Cell::some(seconds),
        Cell::some(entry.next_at.filter(|_| shows_next(entry)).map(|at| when(at, now))),
    ]
}

/// A provider of which the ledger says nothing itself.
fn silent(provider: &str, status: Cell) -> [Cell; 9] {
    let mut row: [Cell; 9] = std::array::from_fn(|_| Cell::some(None::<&str>));
    let [name, stands, ..] = &mut row;
    *name = Cell::new(clean(provider));
    *stands = status;
    row
}

pub(crate) fn status_cell(status: Status) -> Cell {
    let tone = match status {
        Status::Imported | Status::SkippedNative => Tone::Good,
        Status::InProgress | Status::Retrying | Status::Deferred => Tone::Waiting,
        Status::Failed => Tone::Bad,
        Status::Empty | Status::NotConnected | Status::Superseded => Tone::Plain,
    };
    Cell::new(status.as_str()).toned(tone)
}

pub(crate) fn reason(entry: &ImportEntry) -> Option<String> {
    let truncated = entry.truncated.as_ref().filter(|_| counts_apply(entry));
    let marks = [
        entry.reason.as_deref().map(clean),
        truncated.map(|why| format!("truncated: {}", clean(why))),
        is_incomplete(entry).then(|| "incomplete".to_owned()),
        entry.discovery.as_deref().filter(|_| counts_apply(entry)).map(|how| format!("discovery: {}", clean(how))),
    ];
    let marks: Vec<_> = marks.into_iter().flatten().collect();
    (!marks.is_empty()).then(|| marks.join(", "))
}

/// Under a lease, or between tries, the next pass is the one that runs.
fn shows_next(entry: &ImportEntry) -> bool {
    entry.status != Status::InProgress && entry.status != Status::Retrying
}

fn is_incomplete(entry: &ImportEntry) -> bool {
    entry.status == Status::Imported && entry.incomplete == Some(true)
}

/// Counts are those of the last pass that counted; what they say of wholeness only means something where spans are.
fn counts_apply(entry: &ImportEntry) -> bool {
    entry.status == Status::Imported
}

/// `in 4 min`, or `due 3 s ago`.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> String {
    if at > now { format!("in {}", in_words(at.since(now))) } else { format!("due {} ago", in_words(now.since(at))) }
}

/// What a word in the table means, and at which providers it stands.
struct Meaning {
    word: String,
    sentence: &'static str,
    providers: Vec<String>,
}

/// What the words in the table mean and what to do, a line each; equal ones once.
pub(crate) fn explanations(attempt_status: &AttemptStatus, view: &View) -> String {
    let mut meanings: Vec<Meaning> = Vec::new();
    let mut mean = |provider: &str, word: String, sentence| {
        let provider = clean(provider);
        match meanings.iter_mut().find(|meaning| meaning.word == word) {
            Some(meaning) => meaning.providers.push(provider),
            None => meanings.push(Meaning { word, sentence, providers: vec![provider] }),
        }
    };
    for entry in &attempt_status.imports {
        let (provider, reason) = (entry.provider.as_str(), entry.reason.as_deref());
        let word =
            reason.map_or_else(|| entry.status.to_string(), |reason| format!("{}/{}", entry.status, clean(reason)));
        mean(provider, word, explain(entry.status, reason));
        let truncation = entry.truncated.as_deref().filter(|_| counts_apply(entry)).and_then(Truncation::parse);
        if let Some(truncation) = truncation {
            mean(provider, format!("truncated: {truncation}"), explain_truncation(truncation));
        }
        if is_incomplete(entry) {
            mean(provider, "incomplete".to_owned(), INCOMPLETE);
        }
        if let Some(how) = entry.discovery.as_deref().filter(|_| counts_apply(entry)) {
            mean(provider, format!("discovery: {}", clean(how)), explain_discovery(how));
        }
    }
    for provider in attempt_status.untold(&attempt_status.sent_to) {
        mean(provider, QUEUED.0.to_owned(), QUEUED.1);
    }
    for provider in attempt_status.untold(&attempt_status.not_connected) {
        mean(provider, Status::NotConnected.to_string(), explain(Status::NotConnected, None));
    }
    let lines = meanings.iter().map(|Meaning { word, sentence, providers }| {
        let word = view.paint(Tone::Strong, &format!("{} {word}:", providers.join(", ")));
        format!("{word} {sentence}\n")
    });
    lines.chain(attempt_status.imports.iter().filter_map(details)).collect()
}

/// What went wrong, in the function's own words, and what was left out.
fn details(entry: &ImportEntry) -> Option<String> {
    let provider = clean(&entry.provider);
    let error = entry.last_error.as_deref().map(|error| {
        let which = if entry.status == Status::Imported { " in a later look" } else { "" };
        format!("{provider}: what went wrong{which}: {}\n", clean(error))
    });
    let causes = entry.rejected.iter().filter(|(cause, _)| *cause != LATE_IN_CALL);
    let causes: Vec<_> = causes.map(|(cause, count)| format!("{count} {}", clean(cause))).collect();
    let rejected = (!causes.is_empty()).then(|| format!("{provider}: spans left out: {}\n", causes.join(", ")));
    let late = entry.rejected.get(LATE_IN_CALL).map(|count| {
        format!("{provider}: spans that came when the rest of their call was stored, under their own names: {count}\n")
    });
    let lines: String = [error, rejected, late].into_iter().flatten().collect();
    (!lines.is_empty()).then_some(lines)
}
