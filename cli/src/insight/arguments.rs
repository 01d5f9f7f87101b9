//! What can be asked of the trace store on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use spanlift_insight::{Aggregation, ValueSource};
use spanlift_model::{Hint, OrganizationId, SimulationOutputId};

/// A question to the trace store.
#[derive(Debug, Subcommand)]
pub enum InsightCommand {
    /// Trace metrics of a simulation or a run: time to first byte, tokens, tool calls, errors, and metrics of your own.
    Metrics(MetricsArguments),
    /// Sum up a simulation's spans without what was said in it, or (--text) as a judge would read them.
    Summary(SummaryArguments),
    /// Which span follows which in a run, and how often the second one fails.
    Transitions(TransitionsArguments),
}

/// Where to look. For all questions the same.
#[derive(Debug, Args)]
pub struct Place {
    /// Only spans of this service: a provider, or one of the agent's own (`service.name`).
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only spans of the last DAYS days.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Of what, and which metric.
#[derive(Debug, Args)]
#[command(after_help = "Exit code 1: there are no spans, or the custom metric has no value.

Examples:
  spanlift metrics caf26438 3zfmuDbVQsi4GaseDtiVcS
  spanlift metrics caf26438 --run 8EktrIgaVxn2LcxkMN1uTp --json
  spanlift metrics caf26438 3zfmuDbVQsi4GaseDtiVcS --span-name llm_tool_call --value-source duration --aggregation p95
  spanlift metrics caf26438 --run 8EktrIgaVxn2LcxkMN1uTp --metric slow-tools.json")]
pub struct MetricsArguments {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The simulation's id (`simulation_output_id`).
    #[arg(required_unless_present = "run", conflicts_with = "run")]
    pub simulation: Option<SimulationOutputId>,
    /// All simulations of this run.
    #[arg(long, value_name = "RUN")]
    pub run: Option<Hint>,
    /// A custom metric as a JSON file: {"`span_name`": …, "`value_source`": …, "`metric_attribute`": …, "`aggregation_method`": …, "unit": …}.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["span_name", "value_source", "attribute", "aggregation", "unit"])]
    pub metric: Option<PathBuf>,
    /// A custom metric of the spans with exactly this name.
    #[arg(long, value_name = "NAME", requires = "aggregation")]
    pub span_name: Option<String>,
    /// What to read of each span: a number in an attribute, or the duration.
    #[arg(long, value_name = "attribute|duration", requires = "span_name", default_value = "attribute")]
    pub value_source: ValueSource,
    /// The attribute that holds the number.
    #[arg(long, value_name = "NAME", requires = "span_name")]
    pub attribute: Option<String>,
    /// How to combine the numbers: average, median, p90, p95, p99, min, max, sum, count, `error_rate`, `success_rate`.
    #[arg(long, value_name = "METHOD", requires = "span_name")]
    pub aggregation: Option<Aggregation>,
    /// The unit of the value. Durations: s or ms; rates: ratio or percent.
    #[arg(long, value_name = "UNIT", requires = "span_name")]
    pub unit: Option<String>,
    /// Where to look.
    #[command(flatten)]
    pub place: Place,
}

/// Of what.
#[derive(Debug, Args)]
pub struct SummaryArguments {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The simulation's id (`simulation_output_id`).
    pub simulation: SimulationOutputId,
    /// The spans as a text for an LLM judge, with what was said.
    #[arg(long)]
    pub text: bool,
    /// The longest that text may be, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 16_384, requires = "text")]
    pub bytes: usize,
    /// Where to look.
    #[command(flatten)]
    pub place: Place,
}

/// Of what.
#[derive(Debug, Args)]
pub struct TransitionsArguments {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The run's id.
    pub run: Hint,
    /// Also draw the heatmap into this file.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Where to look.
    #[command(flatten)]
    pub place: Place,
}
