use spanlift_model::names::resource;
use spanlift_trace_store::{HIGHEST_ATTEMPT, Reader};

use crate::Scope;

/// A statement of `sql/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// From when to when there are rows.
    Extent,
    /// Where spans come from.
    Sources,
    /// The built-in metrics.
    Metrics,
    /// Tool calls by tool.
    Tools,
    /// What a custom metric needs.
    Custom,
    /// Which span follows which.
    Transitions,
    /// Ids, names and times.
    Outline,
    /// The names of attributes.
    Keys,
    /// Spans with all that is stored of them.
    Spans,
    /// What a text for a judge may say.
    Text,
}

const BOUNDED: &str = include_str!("sql/parts/bounded.sql");
const ROWS: &str = include_str!("sql/parts/rows.sql");
const SPANS: &str = include_str!("sql/parts/spans.sql");

/// What the readers' rule groups by, and the column that stands for it here, where native rows may bear other attributes.
const GROUPED_BY: &str =
    "ResourceAttributes['coval.organization_id'], ResourceAttributes['coval.simulation_output_id']";
const SIMULATION: &str = "Simulation";

impl Statement {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Extent,
        Self::Sources,
        Self::Metrics,
        Self::Tools,
        Self::Custom,
        Self::Transitions,
        Self::Outline,
        Self::Keys,
        Self::Spans,
        Self::Text,
    ];

    const fn file(self) -> &'static str {
        match self {
            Self::Extent => include_str!("sql/extent.sql"),
            Self::Sources => include_str!("sql/sources.sql"),
            Self::Metrics => include_str!("sql/metrics.sql"),
            Self::Tools => include_str!("sql/tools.sql"),
            Self::Custom => include_str!("sql/custom.sql"),
            Self::Transitions => include_str!("sql/transitions.sql"),
            Self::Outline => include_str!("sql/outline.sql"),
            Self::Keys => include_str!("sql/keys.sql"),
            Self::Spans => include_str!("sql/spans.sql"),
            Self::Text => include_str!("sql/text.sql"),
        }
    }

    /// What it is called in errors.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Extent => "search for spans",
            Self::Sources => "sources of spans",
            Self::Metrics => "metrics",
            Self::Tools => "tool calls",
            Self::Custom => "custom metric",
            Self::Transitions => "transitions",
            Self::Outline => "outline",
            Self::Keys => "names of attributes",
            Self::Spans => "spans",
            Self::Text => "text of spans",
        }
    }

    /// The statement over the table that `reader` reads, with a place for each value.
    #[must_use]
    pub fn sql(self, reader: &Reader, scope: &Scope) -> String {
        put(self.file(), &[("({spans})", SPANS), ("({rows})", ROWS)], &bounded(reader, scope))
    }
}

/// The parts in their places: `spans` stand on `rows`, and those on `bounded`.
fn put(file: &str, parts: &[(&str, &str)], bounded: &str) -> String {
    let mut sql = file.to_owned();
    for (place, part) in parts {
        sql = sql.replace(place, &format!("(\n{part})"));
    }
    sql.replace("({bounded})", &format!("(\n{bounded})"))
        .replace("{highest_attempt}", &HIGHEST_ATTEMPT.replace(GROUPED_BY, SIMULATION))
}

/// One select where native rows bear the same attributes as imported ones. Else one for each, since each is pruned by its own.
fn bounded(reader: &Reader, scope: &Scope) -> String {
    let filled = |organization: &str, simulation: &str| {
        let of_scope = match scope {
            Scope::Simulation(_) => simulation,
            Scope::Run(_) => scope.attribute(),
        };
        BOUNDED
            .replace("{table}", reader.table())
            .replace("{organization_attribute}", organization)
            .replace("{simulation_attribute}", simulation)
            .replace("{scope_attribute}", of_scope)
    };
    let imported = filled(resource::ORGANIZATION_ID, resource::SIMULATION_OUTPUT_ID);
    let native = filled(reader.organization_attribute(), reader.simulation_attribute());
    if imported == native {
        return imported;
    }
    let organization = resource::ORGANIZATION_ID;
    let others = format!("    AND ResourceAttributes['{organization}'] != {{organization:String}}\n");
    format!("SELECT * FROM (\n{imported}) UNION ALL SELECT * FROM (\n{native}{others})\n")
}
