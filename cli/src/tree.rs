use std::collections::{HashMap, HashSet};
use std::iter::once;

use spanlift_model::{Timestamp, names};
use spanlift_trace_store::StoredSpan;

use crate::text::{clean, cut, milliseconds, width};
use crate::view::{Tone, View};

/// Below this depth, lines are not indented further.
const DEEPEST_INDENTATION: usize = 16;
/// A platform's message or model name in a line.
const LONGEST_NOTE: usize = 60;
/// What is kept of a name however narrow the terminal.
const SHORTEST_NAME: usize = 16;
/// What is kept of one where lines may be as long as they are.
const LONGEST_NAME: usize = 200;
/// Fewer columns say nothing.
const SHORTEST_NOTES: usize = 8;

/// A span's place in the tree.
pub(crate) struct Line<'a> {
    pub(crate) span: &'a StoredSpan,
    /// What it begins with itself.
    indentation: String,
    pub(crate) depth: usize,
    pub(crate) is_orphan: bool,
}

/// The spans as a tree, each below its parent: offset from `began_at`, duration, name, and what is notable about it.
pub(crate) fn tree(spans: &[&StoredSpan], began_at: Option<Timestamp>, view: &View) -> String {
    let first = spans.iter().map(|span| span.started_at).min();
    let Some(began_at) = began_at.or(first) else {
        return String::new();
    };
    let heading = view.paint(Tone::Faint, "   offset ms      took ms  span");
    let lines = lines(spans);
    once(heading).chain(lines.iter().map(|line| written(line, began_at, view))).map(|line| line + "\n").collect()
}

/// Depth first, without recursion: a platform may send a chain of thousands. Whoever is in no tree is an orphan too.
pub(crate) fn lines<'a>(spans: &[&'a StoredSpan]) -> Vec<Line<'a>> {
    let ids: HashSet<_> = spans.iter().map(|span| (&span.trace_id, &span.span_id)).collect();
    let mut children: HashMap<_, Vec<usize>> = HashMap::new();
    let mut tops = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        let parent = (&span.trace_id, &span.parent_span_id);
        if ids.contains(&parent) && span.parent_span_id != span.span_id {
            children.entry(parent).or_default().push(index);
        } else {
            tops.push(index);
        }
    }
    let mut placed = vec![false; spans.len()];
    let mut lines = Vec::with_capacity(spans.len());
    for top in tops.into_iter().chain(0..spans.len()) {
        let mut open = vec![(top, String::new(), String::new(), 0)];
        while let Some((index, indentation, below, depth)) = open.pop() {
            let (Some(span), Some(is_placed)) = (spans.get(index), placed.get_mut(index)) else { continue };
            if std::mem::replace(is_placed, true) {
                continue;
            }
            let of_it = children.get(&(&span.trace_id, &span.span_id)).map_or(&[][..], Vec::as_slice);
            for (place, child) in of_it.iter().rev().enumerate() {
                let (branch, rest) = if place == 0 { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                let (branch, rest) = if depth < DEEPEST_INDENTATION { (branch, rest) } else { ("", "") };
                open.push((*child, format!("{below}{branch}"), format!("{below}{rest}"), depth + 1));
            }
            let is_orphan = depth == 0 && !span.parent_span_id.is_empty();
            lines.push(Line { span, indentation, depth, is_orphan });
        }
    }
    lines
}

fn written(line: &Line<'_>, began_at: Timestamp, view: &View) -> String {
    let span = line.span;
    let offset = milliseconds(span.started_at.nanos().saturating_sub(began_at.nanos()));
    let took = milliseconds(span.ended_at.nanos().saturating_sub(span.started_at.nanos()));
    let deeper = if line.depth > DEEPEST_INDENTATION { format!("[depth {}] ", line.depth) } else { String::new() };
    let before = format!("{offset:>12} {took:>12}  {}{deeper}", line.indentation);
    let (mut name, mut error, mut notes) = (label(span), error(span), notes(line));
    if let Some(columns) = view.columns {
        // Notes give way first, then the name, then the error.
        let mut left = columns.saturating_sub(width(&before));
        let others = width(&error) + width(&notes);
        name = cut(&name, left.saturating_sub(others).max(SHORTEST_NAME).min(left));
        left -= width(&name);
        error = cut(&error, left);
        left -= width(&error);
        notes = if left < SHORTEST_NOTES { String::new() } else { cut(&notes, left) };
    }
    let tone = if error.is_empty() { Tone::Strong } else { Tone::Bad };
    let (before, name) = (view.paint(Tone::Faint, &before), view.paint(tone, &cut(&name, LONGEST_NAME)));
    format!("{before}{name}{}{notes}", view.paint(Tone::Bad, &error)).trim_end().to_owned()
}

/// What is said of a span that ended badly.
fn error(span: &StoredSpan) -> String {
    let message = (span.status == "Error").then(|| format!("  ERROR {}", short(&span.status_message)));
    message.map(|message| message.trim_end().to_owned()).unwrap_or_default()
}

/// The name, and the one that it has on its platform if that is another.
fn label(span: &StoredSpan) -> String {
    let source = span.attribute(names::IMPORT_SOURCE_NAME);
    // A tool's name is among the notes.
    let source = source.filter(|source| *source != span.name && Some(*source) != tool(span));
    let source = source.map(|source| format!(" ({})", clean(source)));
    format!("{}{}", clean(&span.name), source.unwrap_or_default())
}

pub(crate) fn tool(span: &StoredSpan) -> Option<&str> {
    span.attribute(names::FUNCTION_NAME).or_else(|| span.attribute(names::gen_ai::TOOL_NAME))
}

fn notes(line: &Line<'_>) -> String {
    let span = line.span;
    let model = [names::gen_ai::RESPONSE_MODEL, names::gen_ai::REQUEST_MODEL];
    let model = model.iter().find_map(|name| span.attribute(name)).map(short);
    let tokens =
        [names::gen_ai::USAGE_INPUT_TOKENS, names::gen_ai::USAGE_OUTPUT_TOKENS].map(|name| span.attribute(name));
    let tokens = tokens.iter().any(Option::is_some).then(|| {
        let [input, output] = tokens.map(|count| short(count.unwrap_or("?")));
        format!("{input} → {output} tokens")
    });
    let orphan = line.is_orphan.then(|| format!("orphan of {}", short(&span.parent_span_id)));
    let native = span.import_id().is_none().then(|| format!("native, {}", short(&span.service)));
    let notes = [model, tokens, tool(span).map(|tool| format!("{}()", short(tool))), orphan, native];
    let notes: Vec<_> = notes.into_iter().flatten().collect();
    if notes.is_empty() { String::new() } else { format!("  {}", notes.join(" · ")) }
}

fn short(text: &str) -> String {
    cut(&clean(text), LONGEST_NOTE)
}
