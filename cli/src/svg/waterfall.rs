use maud::{Markup, html};
use spanlift_model::{OrganizationId, SimulationOutputId, Timestamp, Window, names, names::gen_ai};
use spanlift_trace_store::StoredSpan;

use super::{
    BAD, FAINT, INK, LINE, STRIPE, as_number, drawing, fitted, heading, legend, line, px, rect, safe, text,
    text_before, width_of,
};
use crate::spans::Group;
use crate::text::counted;
use crate::tree::{Line, lines, tool};

const WIDTH: f64 = 1240.0;
const MARGIN: f64 = 24.0;
/// Where bars begin, behind the names.
const NAMES: f64 = 330.0;
/// Bars end here; behind them stands what is known of a span that ends late.
const BARS_END: f64 = WIDTH - MARGIN - 60.0;
/// Where the seconds stand, and below them the first row.
const AXIS: f64 = 88.0;
const HEADER: f64 = 108.0;
const ROW: f64 = 22.0;
const GROUP_ROW: f64 = 30.0;
const INDENTATION: f64 = 14.0;
const DEEPEST: usize = 10;
/// More rows are no drawing.
const MOST_ROWS: usize = 400;
const NARROWEST_BAR: f64 = 2.0;

const MODEL: (&str, &str) = ("#3b6fd4", "model (llm)");
const TOOL: (&str, &str) = ("#e08a1e", "tool (llm_tool_call)");
const STT: (&str, &str) = ("#2a9d8f", "speech to text (stt)");
const TTS: (&str, &str) = ("#8a5cc2", "text to speech (tts)");
const OTHER: (&str, &str) = ("#9aa7b4", "other");
const KINDS: [(&str, &str); 6] = [MODEL, TOOL, STT, TTS, OTHER, (BAD, "status Error")];

/// From when to when the drawing goes, and where that is on it.
#[derive(Clone, Copy)]
struct Axis {
    from: i64,
    nanoseconds: f64,
}

impl Axis {
    #[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ns, and a pixel is longer than one")]
    fn of(spans: &[&StoredSpan]) -> Self {
        let from = spans.iter().map(|span| span.started_at.nanos()).min().unwrap_or_default();
        let to = spans.iter().map(|span| span.ended_at.nanos()).max().unwrap_or_default();
        Self { from, nanoseconds: (to.saturating_sub(from) as f64).max(1.0) }
    }

    #[expect(clippy::cast_precision_loss, reason = "as above")]
    fn x(self, at: Timestamp) -> f64 {
        NAMES + at.nanos().saturating_sub(self.from) as f64 / self.nanoseconds * (BARS_END - NAMES)
    }

    fn seconds(self) -> f64 {
        self.nanoseconds / 1e9
    }

    /// Seconds between two lines: 1, 2 or 5 times a power of ten, for at most eight.
    fn step(self) -> f64 {
        let raw = self.seconds() / 8.0;
        let power = 10_f64.powf(raw.log10().floor());
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= raw).unwrap_or(raw)
    }
}

/// A simulation's spans as bars over time, each below its parent.
pub(crate) fn waterfall(
    organization: &OrganizationId,
    simulation: &SimulationOutputId,
    attempt: u32,
    window: Option<Window>,
    groups: &[Group<'_>],
) -> String {
    let all: Vec<_> = groups.iter().flat_map(|group| group.spans.iter().copied()).collect();
    let axis = Axis::of(&all);
    let (mut y, mut left) = (HEADER, MOST_ROWS);
    let (mut stripes, mut rows) = (Vec::new(), Vec::new());
    for group in groups {
        if left == 0 {
            break;
        }
        let title = format!("{}, {}", group.title, counted(group.spans.len(), "span"));
        rows.push(text(MARGIN, y + 19.0, INK, &title));
        y += GROUP_ROW;
        for of in lines(&group.spans).iter().take(left) {
            if left % 2 == 0 {
                stripes.push(rect(MARGIN, y, (WIDTH - 2.0 * MARGIN, ROW), STRIPE));
            }
            rows.push(row(of, y, axis));
            y += ROW;
            left -= 1;
        }
    }
    let drawn = MOST_ROWS - left;
    if all.len() > drawn {
        y += ROW;
    }
    let errors = all.iter().filter(|span| span.status == "Error").count();
    let called = window.map_or(String::new(), |window| format!(" · {} to {}", window.from, window.to));
    let subtitle = format!(
        "organization {organization}, attempt {attempt}{called} · {}, {} with an error",
        counted(all.len(), "span"),
        errors
    );
    let title = format!("Simulation {simulation}");
    let body = html! {
        (heading(MARGIN, 34.0, &title))
        (text(MARGIN, 54.0, FAINT, &subtitle))
        (legends(&all))
        @for stripe in &stripes { (stripe) }
        (grid(axis, AXIS, y))
        @for row in &rows { (row) }
        @if all.len() > drawn {
            (text(MARGIN, y - 6.0, FAINT, &format!("{} are not drawn: `spanlift show` prints all.", counted(all.len() - drawn, "more span"))))
        }
        @if all.is_empty() { (text(MARGIN, y + 14.0, FAINT, "The trace store has no span of it.")) }
    };
    drawing(WIDTH, y + MARGIN, &title, &body)
}

/// The colours that occur.
fn legends(spans: &[&StoredSpan]) -> Markup {
    let has = |fill: &str| spans.iter().any(|span| kind(span).0 == fill || (fill == BAD && span.status == "Error"));
    let mut x = MARGIN;
    let mut drawn = Vec::new();
    for (fill, meaning) in KINDS.into_iter().filter(|(fill, _)| has(fill)) {
        let (one, end) = legend(x, 78.0, fill, meaning);
        drawn.push(one);
        x = end;
    }
    html! { @for one in &drawn { (one) } }
}

/// Lines at whole steps, with seconds since the first span above them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most eight lines and nine digits")]
fn grid(axis: Axis, from: f64, to: f64) -> Markup {
    let step = axis.step();
    let digits = if step >= 1.0 { 0 } else { (-step.log10().floor()).max(0.0) as usize };
    let count = (axis.seconds() / step).floor() as u32;
    html! {
        (line((MARGIN, from), (WIDTH - MARGIN, from)))
        g stroke-opacity="0.6" {
            @for number in 0..=count {
                @let seconds = f64::from(number) * step;
                @let x = NAMES + seconds / axis.seconds() * (BARS_END - NAMES);
                line x1=(px(x)) y1=(px(from)) x2=(px(x)) y2=(px(to)) stroke=(LINE) {}
                text x=(px(x)) y=(px(from + 16.0)) fill=(FAINT) font-size="11" text-anchor="middle" { (format!("{seconds:.digits$} s")) }
            }
        }
    }
}

fn row(line: &Line<'_>, y: f64, axis: Axis) -> Markup {
    let span = line.span;
    let indentation = as_number(line.depth.min(DEEPEST)) * INDENTATION;
    let (from, to) = (axis.x(span.started_at), axis.x(span.ended_at));
    let width = (to - from).max(NARROWEST_BAR);
    let is_bad = span.status == "Error";
    let fill = if is_bad { BAD } else { kind(span).0 };
    let base = y + 15.0;
    let name = fitted(&label(span), NAMES - MARGIN - indentation - 12.0);
    html! {
        g {
            title { (safe(&told(span, axis))) }
            (text(MARGIN + indentation, base, if is_bad { BAD } else { INK }, &name))
            rect x=(px(from)) y=(px(y + 5.0)) width=(px(width)) height=(px(ROW - 10.0)) rx="2" fill=(fill) {}
            (notes(line, (from, from + width), base))
        }
    }
}

/// How long it took and what is known of it: behind the bar, else before it, else in it.
fn notes(line: &Line<'_>, (from, to): (f64, f64), base: f64) -> Markup {
    let span = line.span;
    let took = seconds(span);
    let mut known = vec![took.clone()];
    known.extend(model(span).map(str::to_owned));
    known.extend(tokens(span));
    if line.is_orphan {
        known.push("its parent is not there".to_owned());
    }
    if span.status == "Error" {
        known.push(if span.status_message.is_empty() { "Error".to_owned() } else { span.status_message.clone() });
    }
    let all = known.join(" · ");
    let fill = if span.status == "Error" { BAD } else { FAINT };
    let behind = WIDTH - MARGIN - to - 8.0;
    let before = from - NAMES - 8.0;
    if width_of(&all) <= behind {
        text(to + 6.0, base, fill, &all)
    } else if width_of(&all) <= before {
        text_before(from - 6.0, base, fill, &all)
    } else if width_of(&took) <= behind {
        let most = if behind > 160.0 { fitted(&all, behind) } else { took };
        text(to + 6.0, base, fill, &most)
    } else {
        text_before(to - 6.0, base, "#ffffff", &took)
    }
}

/// What a pointer over the row tells.
fn told(span: &StoredSpan, axis: Axis) -> String {
    let offset = span.started_at.nanos().saturating_sub(axis.from);
    let offset = std::time::Duration::from_nanos(offset.unsigned_abs()).as_secs_f64();
    let message = if span.status_message.is_empty() { "" } else { ": " };
    format!("{}: {} after {offset:.3} s, {}{message}{}", label(span), seconds(span), span.status, span.status_message)
}

fn label(span: &StoredSpan) -> String {
    match tool(span) {
        Some(tool) if kind(span) == TOOL => format!("{}: {tool}", span.name),
        _ => span.name.clone(),
    }
}

fn kind(span: &StoredSpan) -> (&'static str, &'static str) {
    match span.name.as_str() {
        "llm" => MODEL,
        "llm_tool_call" | "tool_call" => TOOL,
        "stt" => STT,
        "tts" => TTS,
        _ => OTHER,
    }
}

fn seconds(span: &StoredSpan) -> String {
    let took = span.ended_at.since(span.started_at);
    if took.as_millis() < 1000 { format!("{} ms", took.as_millis()) } else { format!("{:.2} s", took.as_secs_f64()) }
}

fn model(span: &StoredSpan) -> Option<&str> {
    [gen_ai::RESPONSE_MODEL, gen_ai::REQUEST_MODEL].iter().find_map(|name| span.attribute(name))
}

fn tokens(span: &StoredSpan) -> Option<String> {
    let [input, output] = [gen_ai::USAGE_INPUT_TOKENS, gen_ai::USAGE_OUTPUT_TOKENS].map(|name| span.attribute(name));
    if input.or(output).is_none() || span.name != names::span::LLM {
        return None;
    }
    Some(format!("{} → {} tokens", input.unwrap_or("?"), output.unwrap_or("?")))
}
