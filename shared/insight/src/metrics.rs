use std::collections::BTreeMap;

use serde::Serialize;

use crate::aggregation::share;
use crate::figure::{Definition, NO_SPANS, Unit};
use crate::rows::{FigureRow, ToolRow};
use crate::{Figure, Scope, Source, Subject, doubled};

/// The built-in metrics of a simulation or a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// What they are of.
    pub scope: Scope,
    /// Where the spans come from.
    pub sources: Vec<Source>,
    /// All spans together: in a run, every span of every simulation counts the same.
    pub all: Figures,
    /// Each simulation alone, by its id.
    pub simulations: BTreeMap<String, Figures>,
    /// What a reader should know, as sentences.
    pub notes: Vec<String>,
    /// There are more rows than one answer holds.
    pub is_truncated: bool,
}

/// The metrics of some spans.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How many spans.
    pub spans: u64,
    /// How many with status `Error`.
    pub errors: u64,
    /// The share of those, 0 to 1.
    pub error_rate: Option<f64>,
    /// `metrics.ttfb` of `llm` spans.
    pub llm_time_to_first_byte: Figure,
    /// `metrics.ttfb` of `stt` spans.
    pub stt_time_to_first_byte: Figure,
    /// `metrics.ttfb` of `tts` spans.
    pub tts_time_to_first_byte: Figure,
    /// Tokens in, of `llm` spans.
    pub llm_input_tokens: Figure,
    /// Tokens out.
    pub llm_output_tokens: Figure,
    /// Both: as told, else the sum of those that are told.
    pub llm_total_tokens: Figure,
    /// Calls of tools.
    pub tool_calls: ToolCalls,
}

/// How often tools were called.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolCalls {
    /// In all.
    pub count: u64,
    /// How many with status `Error`.
    pub errors: u64,
    /// By tool, most often called first. A call that names no tool has the name "".
    pub by_tool: Vec<ToolFigure>,
    /// Why there is none, as a sentence.
    pub missing: Option<String>,
}

/// How often one tool was called.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolFigure {
    /// Its name.
    pub tool: String,
    /// How often.
    pub count: u64,
    /// How many with status `Error`.
    pub errors: u64,
    /// How long a call took, on average.
    pub average_seconds: f64,
}

const TTFB: &str = "metrics.ttfb";
const TOTAL: Definition = Definition {
    figure: "llm_total_tokens",
    unit: Unit::Tokens,
    span_name: "llm",
    attribute: "gen_ai.usage.total_tokens",
};
const LLM: Definition = Definition { figure: "llm_first_byte", unit: Unit::Seconds, span_name: "llm", attribute: TTFB };
const STT: Definition = Definition { figure: "stt_first_byte", unit: Unit::Seconds, span_name: "stt", attribute: TTFB };
const TTS: Definition = Definition { figure: "tts_first_byte", unit: Unit::Seconds, span_name: "tts", attribute: TTFB };
const INPUT: Definition = Definition { figure: "llm_input_tokens", attribute: "gen_ai.usage.input_tokens", ..TOTAL };
const OUTPUT: Definition = Definition { figure: "llm_output_tokens", attribute: "gen_ai.usage.output_tokens", ..TOTAL };

impl Metrics {
    pub(crate) fn of(subject: &Subject, figures: &[FigureRow], tools: &[ToolRow], sources: Vec<Source>) -> Self {
        let of_all: Vec<_> = figures.iter().filter(|row| row.is_of_all == 1).collect();
        let tools_of_all: Vec<_> = tools.iter().filter(|row| row.is_of_all == 1).collect();
        let mut by_simulation: BTreeMap<&str, (Vec<&FigureRow>, Vec<&ToolRow>)> = BTreeMap::new();
        for row in figures.iter().filter(|row| row.is_of_all == 0) {
            by_simulation.entry(&row.simulation).or_default().0.push(row);
        }
        for row in tools.iter().filter(|row| row.is_of_all == 0) {
            by_simulation.entry(&row.simulation).or_default().1.push(row);
        }
        let simulations = by_simulation
            .into_iter()
            .map(|(simulation, (figures, tools))| (simulation.to_owned(), Figures::of(&figures, &tools)))
            .collect();
        Self {
            scope: subject.scope.clone(),
            notes: doubled(&sources).into_iter().collect(),
            sources,
            all: Figures::of(&of_all, &tools_of_all),
            simulations,
            is_truncated: false,
        }
    }
}

impl Figures {
    fn of(rows: &[&FigureRow], tools: &[&ToolRow]) -> Self {
        let row = |figure: &str| rows.iter().find(|row| row.figure == figure).copied();
        let (spans, errors) = row("spans").map_or((0, 0), |row| (row.spans, row.errors));
        let figure = |definition: Definition| Figure::of(definition, row(definition.figure), spans == 0);
        Self {
            spans,
            errors,
            error_rate: share(errors, spans),
            llm_time_to_first_byte: figure(LLM),
            stt_time_to_first_byte: figure(STT),
            tts_time_to_first_byte: figure(TTS),
            llm_input_tokens: figure(INPUT),
            llm_output_tokens: figure(OUTPUT),
            llm_total_tokens: figure(TOTAL),
            tool_calls: ToolCalls::of(tools, spans == 0),
        }
    }
}

impl ToolCalls {
    fn of(rows: &[&ToolRow], is_empty: bool) -> Self {
        let by_tool: Vec<_> = rows
            .iter()
            .map(|row| ToolFigure {
                tool: row.tool.clone(),
                count: row.calls,
                errors: row.errors,
                average_seconds: row.average_seconds,
            })
            .collect();
        let missing = if is_empty { NO_SPANS } else { "No spans named 'llm_tool_call'." };
        Self {
            count: by_tool.iter().map(|tool| tool.count).sum(),
            errors: by_tool.iter().map(|tool| tool.errors).sum(),
            missing: by_tool.is_empty().then(|| missing.to_owned()),
            by_tool,
        }
    }
}
