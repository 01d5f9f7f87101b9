//! Traces drawn as trees: a line a span, indented below its parent, `key=value` for its labels, and after `=>` whose it is:
//! `ours`, `?` (undecided), `-` (its trace did not match), or the cause for which it is not ours. `…` stands for a span that is
//! not there. `SIM` is our simulation. Other words:
//!
//! - `@5` puts it at minute 5; else it is at minute 65, in the window.
//! - `pending`: it has not ended.
//! - `unreadable`, `unknown`: it cannot be read, and holds no tag; or something in it that may be one could not be read.
//! - `before`: it began long before the call, and only its place and its tags were read.

use std::collections::HashSet;
use std::time::Duration;

use spanlift_model::correlation::{Correlated, Key, Label, Outline, Ownership, Question, correlate};
use spanlift_model::{Attempt, Attempts, Hint, SourceSpan, Timestamp, Window};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) has_ended: bool,
    pub(super) labels: Vec<Label>,
}

impl SourceSpan for Drawn {
    fn trace_id(&self) -> &str {
        &self.trace
    }
    fn span_id(&self) -> &str {
        &self.id
    }
    fn parent_id(&self) -> Option<&str> {
        self.parent.as_deref()
    }
    fn name(&self) -> &str {
        &self.id
    }
    fn started_at(&self) -> Timestamp {
        self.started_at
    }
    fn ended_at(&self) -> Option<Timestamp> {
        self.has_ended.then_some(self.started_at)
    }
    fn labels(&self) -> &[Label] {
        &self.labels
    }
}

pub(super) fn minute(minute: u64) -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap().plus(Duration::from_secs(60 * minute))
}

/// The discovery window: minutes 60 to 70 of the drawing.
pub(super) fn window() -> Window {
    Window { from: minute(60), to: minute(70) }
}

pub(super) fn hints() -> Vec<Hint> {
    vec!["SIM".parse().unwrap(), "hint-2".parse().unwrap()]
}

/// The one attempt at a simulation.
pub(super) fn only_attempt() -> Attempts {
    Attempts::new(Attempt { number: 1, started_at: minute(61), ended_at: minute(69) }, [])
}

/// What a drawing shows, and what it expects of each line.
#[derive(Default)]
pub(super) struct Drawing {
    pub(super) spans: Vec<Drawn>,
    pub(super) outlines: Vec<Outline>,
    /// (Is it an outline?, its place among its kind, what is expected).
    expected: Vec<(bool, usize, String)>,
}

pub(super) fn draw(text: &str) -> Drawing {
    let mut drawing = Drawing::default();
    let mut above: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (span, expected) = line.split_once("=>").unwrap_or((line, ""));
        let depth = span.len() - span.trim_start().len();
        above.retain(|(indent, _)| *indent < depth);
        let parent = above.last().map(|(_, id)| id.clone());
        above.push((depth, number.to_string()));
        let mut words = span.split_whitespace();
        if words.next() == Some("…") {
            continue;
        }
        let mut drawn = Drawn {
            trace: "t".to_owned(),
            id: number.to_string(),
            parent,
            started_at: minute(65),
            has_ended: true,
            labels: Vec::new(),
        };
        let mut outline = None;
        for word in words {
            match (word, word.strip_prefix('@'), word.split_once('=')) {
                ("pending", ..) => drawn.has_ended = false,
                ("unreadable" | "unknown", ..) => outline = Some((word == "unknown", "malformed")),
                ("before", ..) => outline = Some((false, Outline::BEFORE_CALL)),
                (_, Some(at), _) => drawn.started_at = minute(at.parse().unwrap()),
                (_, None, Some((key, value))) => drawn.labels.extend(Label::new(Key::parse(key).unwrap(), value)),
                _ => panic!("{word}?"),
            }
        }
        let expected = expected.trim().to_owned();
        if let Some((is_tag_unknown, cause)) = outline {
            drawing.expected.push((true, drawing.outlines.len(), expected));
            drawing.outlines.push(Outline {
                trace_id: drawn.trace,
                span_id: drawn.id,
                parent_id: drawn.parent,
                started_at: Some(drawn.started_at),
                has_ended: drawn.has_ended,
                labels: drawn.labels,
                is_tag_unknown,
                cause,
            });
        } else {
            drawing.expected.push((false, drawing.spans.len(), expected));
            drawing.spans.push(drawn);
        }
    }
    drawing
}

/// How a drawing is read.
pub(super) struct Reading<'a> {
    pub(super) is_partial: bool,
    pub(super) is_last_pass: bool,
    pub(super) attempts: &'a Attempts,
}

impl Reading<'_> {
    pub(super) fn owners(&self, spans: &[Drawn], outlines: &[Outline]) -> Correlated {
        let partial: HashSet<String> = self.is_partial.then(|| "t".to_owned()).into_iter().collect();
        let question = Question {
            hints: &hints(),
            discovery: window(),
            attempts: self.attempts,
            ends_by: minute(10_000),
            is_last_pass: self.is_last_pass,
        };
        correlate(spans, outlines, &partial, &question)
    }

    #[track_caller]
    pub(super) fn check(&self, text: &str) {
        let drawing = draw(text);
        let owners = self.owners(&drawing.spans, &drawing.outlines);
        for (is_outline, place, expected) in &drawing.expected {
            let owner = if *is_outline { owners.outlines[*place] } else { owners.spans[*place] };
            let told = match owner {
                Ownership::Ours(_) => "ours",
                Ownership::Undecided(_) => "?",
                Ownership::InWindow => "window",
                Ownership::Left(cause) => cause.as_str(),
                Ownership::Unmatched => "-",
            };
            assert_eq!(told, expected, "{} {place}\n{text}", if *is_outline { "outline" } else { "span" });
        }
    }
}

#[track_caller]
pub(super) fn check(text: &str) {
    check_pass(text, false);
}

#[track_caller]
pub(super) fn check_last(text: &str) {
    check_pass(text, true);
}

#[track_caller]
fn check_pass(text: &str, is_last_pass: bool) {
    Reading { is_partial: false, is_last_pass, attempts: &only_attempt() }.check(text);
}

/// Of a trace that was not read whole.
#[track_caller]
pub(super) fn check_partial(text: &str) {
    for is_last_pass in [false, true] {
        Reading { is_partial: true, is_last_pass, attempts: &only_attempt() }.check(text);
    }
}
