use spanlift_insight::{CustomAnswer, CustomResult, Figure, Figures, Metrics, Scope};
use spanlift_model::OrganizationId;

use super::number::{number, percent};
use super::{title, told_notes, told_sources};
use crate::table::{Cell, table};
use crate::text::{clean, counted};
use crate::view::{Tone, View};

/// The built-in metrics as tables, and sentences on what is missing.
pub(crate) fn metrics_report(metrics: &Metrics, organization: &OrganizationId, view: &View) -> String {
    let all = &metrics.all;
    let mut text = vec![title("metrics", &metrics.scope, organization, view)];
    text.push(told_sources(&metrics.sources));
    text.push(told_notes(&metrics.notes, view));
    if metrics.is_truncated {
        text.push(
            "There is more than one answer can hold: some simulations or tools are not among these.\n".to_owned(),
        );
    }
    if let Some(rate) = all.error_rate {
        text.push(format!("error rate: {} ({} of {})\n", percent(rate), all.errors, counted(size(all.spans), "span")));
    }
    text.push(format!("\n{}", figures_table(all, view)));
    text.push(missing(all));
    if !all.tool_calls.by_tool.is_empty() {
        text.push(format!("\n{}", tools_table(all, view)));
    }
    if matches!(metrics.scope, Scope::Run(_)) && !metrics.simulations.is_empty() {
        text.push(format!("\n{}", simulations_table(metrics, view)));
    }
    text.concat()
}

/// A custom metric's value, and each simulation's in a run.
pub(crate) fn custom_report(custom: &CustomAnswer, organization: &OrganizationId, view: &View) -> String {
    let metric = &custom.metric;
    let source = match metric.attribute() {
        "" if metric.is_duration() => " of the duration".to_owned(),
        "" => String::new(),
        attribute => format!(" of {}", clean(attribute)),
    };
    let what = format!("{}{source} over '{}' spans", metric.aggregation().as_str(), clean(metric.span_name()));
    let mut text = vec![title(&what, &custom.scope, organization, view)];
    text.push(told_sources(&custom.sources));
    text.push(told_notes(&custom.notes, view));
    if custom.is_truncated {
        text.push(
            "There are more simulations than one answer can hold: the value counts all of them, but some have no line of \
             their own.\n"
                .to_owned(),
        );
    }
    text.push(match (&custom.all.value, &custom.all.missing) {
        (Some(value), _) => {
            let told = format!("{} {}", number(*value), clean(metric.unit()));
            let spans = counted(size(custom.all.spans), "span");
            format!("\n{}  ({spans}, {} measured)\n", view.paint(Tone::Strong, told.trim_end()), custom.all.measured)
        }
        (None, sentence) => format!("\n{}\n", view.paint(Tone::Bad, &clean(sentence.as_deref().unwrap_or_default()))),
    });
    if matches!(custom.scope, Scope::Run(_)) && !custom.simulations.is_empty() {
        let row = |(id, of): (&String, &CustomResult)| {
            let (spans, measured) = (Cell::new(of.spans.to_string()), Cell::new(of.measured.to_string()));
            [Cell::new(clean(id)), spans, measured, Cell::some(of.value.map(number))]
        };
        let rows: Vec<_> = custom.simulations.iter().map(row).collect();
        let columns = [("simulation", false), ("spans", true), ("measured", true), ("value", true)];
        text.push(format!("\n{}", table(columns, &rows, view)));
    }
    text.concat()
}

fn named(figures: &Figures) -> [(&'static str, &Figure); 6] {
    [
        ("LLM time to first byte", &figures.llm_time_to_first_byte),
        ("STT time to first byte", &figures.stt_time_to_first_byte),
        ("TTS time to first byte", &figures.tts_time_to_first_byte),
        ("LLM tokens in", &figures.llm_input_tokens),
        ("LLM tokens out", &figures.llm_output_tokens),
        ("LLM tokens in all", &figures.llm_total_tokens),
    ]
}

fn figures_table(figures: &Figures, view: &View) -> String {
    let row = |(name, figure): (&str, &Figure)| {
        let of = figure.statistics;
        let cell = |value: Option<f64>| Cell::some(value.map(number));
        [
            Cell::new(name),
            Cell::new(figure.unit.as_str()).toned(Tone::Faint),
            Cell::new(figure.spans.to_string()),
            Cell::new(figure.measured.to_string()),
            cell(of.map(|of| of.average)),
            cell(of.map(|of| of.median)),
            cell(of.map(|of| of.p90)),
            cell(of.map(|of| of.p95)),
            cell(of.map(|of| of.p99)),
            cell(of.map(|of| of.min)),
            cell(of.map(|of| of.max)),
            cell(of.map(|of| of.sum)),
        ]
    };
    let rows = named(figures).map(row);
    let columns = [
        ("metric", false),
        ("unit", false),
        ("spans", true),
        ("measured", true),
        ("average", true),
        ("median", true),
        ("p90", true),
        ("p95", true),
        ("p99", true),
        ("min", true),
        ("max", true),
        ("sum", true),
    ];
    table(columns, &rows, view)
}

/// What has no value, a line each.
fn missing(figures: &Figures) -> String {
    let of_figures = named(figures).map(|(name, figure)| (name, &figure.missing));
    let of_tools = [("tool calls", &figures.tool_calls.missing)];
    let told = of_figures.into_iter().chain(of_tools).filter_map(|(name, missing)| Some((name, missing.as_ref()?)));
    let lines = told.map(|(name, missing)| format!("{name}: {missing}\n")).collect::<Vec<_>>().concat();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn tools_table(figures: &Figures, view: &View) -> String {
    let rows: Vec<_> = figures
        .tool_calls
        .by_tool
        .iter()
        .map(|tool| {
            let name = if tool.tool.is_empty() { "(no name)".to_owned() } else { clean(&tool.tool) };
            let errors = Cell::new(tool.errors.to_string());
            let errors = if tool.errors > 0 { errors.toned(Tone::Bad) } else { errors };
            [Cell::new(name), Cell::new(tool.count.to_string()), errors, Cell::new(number(tool.average_seconds))]
        })
        .collect();
    table([("tool", false), ("calls", true), ("errors", true), ("average s", true)], &rows, view)
}

fn simulations_table(metrics: &Metrics, view: &View) -> String {
    let row = |(id, of): (&String, &Figures)| {
        let average = |figure: &Figure| Cell::some(figure.statistics.map(|of| number(of.average)));
        let sum = |figure: &Figure| Cell::some(figure.statistics.map(|of| number(of.sum)));
        let errors = Cell::some(of.error_rate.map(percent));
        [
            Cell::new(clean(id)),
            Cell::new(of.spans.to_string()),
            if of.errors > 0 { errors.toned(Tone::Bad) } else { errors },
            average(&of.llm_time_to_first_byte),
            average(&of.stt_time_to_first_byte),
            average(&of.tts_time_to_first_byte),
            sum(&of.llm_total_tokens),
            Cell::new(of.tool_calls.count.to_string()),
        ]
    };
    let rows: Vec<_> = metrics.simulations.iter().map(row).collect();
    let columns = [
        ("simulation", false),
        ("spans", true),
        ("errors", true),
        ("LLM s", true),
        ("STT s", true),
        ("TTS s", true),
        ("tokens", true),
        ("tool calls", true),
    ];
    table(columns, &rows, view)
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
