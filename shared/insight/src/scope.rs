use std::time::Duration;

use serde::Serialize;
use spanlift_model::{Hint, OrganizationId, SimulationOutputId, names::resource};

/// How far back rows are looked for where nobody says better: as long as our table keeps them
/// (docs/adr/0030-when-a-question-looks.md).
pub const LOOKBACK: Duration = Duration::from_hours(90 * 24);

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One simulation.
    Simulation(SimulationOutputId),
    /// All simulations of a run whose spans name it (`coval.run_id`).
    Run(Hint),
}

impl Scope {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Simulation(id) => id.as_str(),
            Self::Run(id) => id.as_str(),
        }
    }

    /// `simulation` or `run`.
    #[must_use]
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Simulation(_) => "simulation",
            Self::Run(_) => "run",
        }
    }

    /// The resource attribute that holds the id on imported rows.
    pub(crate) const fn attribute(&self) -> &'static str {
        match self {
            Self::Simulation(_) => resource::SIMULATION_OUTPUT_ID,
            Self::Run(_) => resource::RUN_ID,
        }
    }
}

/// Whose spans a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub scope: Scope,
    /// Only spans of this `service.name`; of all unless given.
    pub service: Option<String>,
}
