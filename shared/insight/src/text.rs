use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::rows::TextRow;

/// How large a text for a judge may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// Bytes in all.
    pub bytes: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self { bytes: 16 << 10 }
    }
}

/// Spans as a text, for a judge that reads it beside the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgeText {
    /// The text: a line a span, below its parent.
    pub text: String,
    /// Spans that there are.
    pub spans: usize,
    /// Spans that have a line.
    pub shown: usize,
    /// Values that are cut. Each says so in the text.
    pub cut_values: usize,
    /// Is anything missing from the text?
    pub is_cut: bool,
}

/// Characters of a value, tried from the first: the first with which everything fits is taken.
const LADDER: [usize; 7] = [4000, 1500, 600, 250, 100, 40, 0];
const LONGEST_LABEL: usize = 80;
/// Deeper spans are not moved further to the right.
const DEEPEST: usize = 12;
/// Labels that the line on what is left out names.
const NAMED: usize = 5;
const HOW_TO_READ: &str =
    "A line a span, below its parent: when it began, how long it took (seconds), its name and what is known of it.\n\n";

struct Line<'a> {
    row: &'a TextRow,
    depth: usize,
}

/// The spans as a text of at most `limits.bytes`.
pub(crate) fn judge_text(rows: &[TextRow], limits: TextLimits) -> JudgeText {
    let lines = lines(rows);
    let began_at = rows.iter().map(|row| row.started_at).min().unwrap_or_default();
    let header = header(rows);
    for longest in LADDER {
        let mut cut_values = 0;
        let mut text = header.clone();
        for line in &lines {
            text.push_str(&written(line, began_at, longest, &mut cut_values));
            if text.len() > limits.bytes {
                break;
            }
        }
        if text.len() <= limits.bytes {
            return JudgeText { text, spans: rows.len(), shown: rows.len(), cut_values, is_cut: cut_values > 0 };
        }
    }
    some(&lines, header, began_at, limits)
}

/// Without values, and still too long: errors first, then calls of models, tools and speech, then the rest; in the order of the tree.
fn some(lines: &[Line<'_>], header: String, began_at: i64, limits: TextLimits) -> JudgeText {
    let mut cut_values = 0;
    let written: Vec<_> = lines.iter().map(|line| written(line, began_at, 0, &mut cut_values)).collect();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|index| lines.get(*index).map(|line| rank(line.row)));
    let mut left = limits.bytes.saturating_sub(header.len() + longest_footer(lines));
    let mut is_shown = vec![false; lines.len()];
    for index in order {
        let (Some(line), Some(is_shown)) = (written.get(index), is_shown.get_mut(index)) else { continue };
        if line.len() <= left {
            left -= line.len();
            *is_shown = true;
        }
    }
    let mut text = header;
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    for ((line, written), is_shown) in lines.iter().zip(&written).zip(&is_shown) {
        if *is_shown {
            text.push_str(written);
        } else {
            *left_out.entry(&line.row.label).or_default() += 1;
        }
    }
    let shown = is_shown.iter().filter(|is_shown| **is_shown).count();
    text.push_str(&footer(&left_out));
    if text.len() > limits.bytes {
        let end = (0..=limits.bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
    JudgeText { text, spans: lines.len(), shown, cut_values, is_cut: true }
}

fn header(rows: &[TextRow]) -> String {
    let traces: BTreeSet<_> = rows.iter().map(|row| &row.trace_id).collect();
    let errors = rows.iter().filter(|row| row.status == "Error").count();
    let first = rows.iter().map(|row| row.started_at).min().unwrap_or_default();
    let last = rows.iter().map(|row| row.started_at.saturating_add_unsigned(row.duration)).max().unwrap_or_default();
    let took = Duration::from_nanos(last.saturating_sub(first).unsigned_abs()).as_secs_f64();
    let (spans, traces) = (counted(rows.len(), "span"), counted(traces.len(), "trace"));
    format!("{spans} in {traces} over {took:.1} s, {} with an error.\n{HOW_TO_READ}", counted(errors, "span"))
}

fn footer(left_out: &BTreeMap<&str, usize>) -> String {
    let count: usize = left_out.values().sum();
    let mut most: Vec<_> = left_out.iter().collect();
    most.sort_by_key(|(label, count)| (std::cmp::Reverse(**count), **label));
    let names: Vec<_> =
        most.iter().take(NAMED).map(|(label, count)| format!("{} × {count}", one_line(label, LONGEST_LABEL))).collect();
    let others = if most.len() > NAMED { ", …" } else { "" };
    format!("[{} left out: {}{others}; no values are shown]\n", counted(count, "more span"), names.join(", "))
}

/// What the footer takes at most, whatever is left out: its words and numbers, and the longest names.
fn longest_footer(lines: &[Line<'_>]) -> usize {
    let labels: BTreeSet<_> = lines.iter().map(|line| line.row.label.as_str()).collect();
    let mut lengths: Vec<_> = labels.into_iter().map(|label| one_line(label, LONGEST_LABEL).len() + 24).collect();
    lengths.sort_unstable_by(|one, other| other.cmp(one));
    80 + lengths.iter().take(NAMED).sum::<usize>()
}

/// Depth first and by time, without recursion; whoever is in no tree stands at the top.
fn lines(rows: &[TextRow]) -> Vec<Line<'_>> {
    let ids: HashMap<_, _> =
        rows.iter().enumerate().map(|(index, row)| ((&row.import, &row.trace_id, &row.span_id), index)).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut tops = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match ids.get(&(&row.import, &row.trace_id, &row.parent_span_id)) {
            Some(parent) if *parent != index => children.entry(*parent).or_default().push(index),
            _ => tops.push(index),
        }
    }
    let mut is_placed = vec![false; rows.len()];
    let mut lines = Vec::with_capacity(rows.len());
    for top in tops.into_iter().chain(0..rows.len()) {
        let mut open = vec![(top, 0)];
        while let Some((index, depth)) = open.pop() {
            let (Some(row), Some(is_placed)) = (rows.get(index), is_placed.get_mut(index)) else { continue };
            if std::mem::replace(is_placed, true) {
                continue;
            }
            lines.push(Line { row, depth });
            open.extend(children.get(&index).into_iter().flatten().rev().map(|child| (*child, depth + 1)));
        }
    }
    lines
}

fn rank(row: &TextRow) -> u8 {
    let is_call = |name: &str| row.label == name || row.label.starts_with("llm_tool_call");
    match row.status.as_str() {
        "Error" => 0,
        _ if ["llm", "stt", "tts"].into_iter().any(is_call) => 1,
        _ => 2,
    }
}

fn written(line: &Line<'_>, began_at: i64, longest: usize, cut_values: &mut usize) -> String {
    let row = line.row;
    let seconds = |nanos: u64| Duration::from_nanos(nanos).as_secs_f64();
    let offset = seconds(row.started_at.saturating_sub(began_at).unsigned_abs());
    let indentation = "  ".repeat(line.depth.min(DEEPEST));
    let mut text =
        format!("{offset:>9.3} {:>8.3}  {indentation}{}", seconds(row.duration), one_line(&row.label, LONGEST_LABEL));
    let mut notes = Vec::new();
    if !row.model.is_empty() {
        notes.push(one_line(&row.model, LONGEST_LABEL));
    }
    if row.input_tokens.is_some() || row.output_tokens.is_some() {
        let count = |tokens: Option<f64>| tokens.map_or_else(|| "?".to_owned(), |tokens| tokens.to_string());
        notes.push(format!("{} → {} tokens", count(row.input_tokens), count(row.output_tokens)));
    }
    notes.extend(row.first_byte.map(|seconds| format!("first byte after {seconds:.2} s")));
    if !notes.is_empty() {
        write!(text, " ({})", notes.join(", ")).unwrap_or_default();
    }
    let is_error = row.status == "Error";
    if is_error {
        text.push_str(" ERROR");
    }
    let error = if is_error { (&*row.error, row.error_length) } else { ("", 0) };
    let values = [("", error), ("in: ", (&row.input, row.input_length)), ("out: ", (&row.output, row.output_length))];
    for (name, (value, length)) in values.into_iter().filter(|(_, (_, length))| *length > 0) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let kept = one_line(value, longest);
        let is_cut = value.chars().count().min(longest) < length;
        *cut_values += usize::from(is_cut);
        match (longest, is_cut) {
            (0, _) => write!(text, " | {name}[{length} characters]"),
            (_, true) => write!(text, " | {name}{kept}… [cut, {length} characters]"),
            (_, false) => write!(text, " | {name}{kept}"),
        }
        .unwrap_or_default();
    }
    text + "\n"
}

/// At most `longest` characters, none of which ends the line or hides anything.
fn one_line(text: &str, longest: usize) -> String {
    let is_hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().take(longest).map(|character| if is_hidden(character) { ' ' } else { character }).collect()
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
