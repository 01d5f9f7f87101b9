mod custom;
mod facts;
mod metrics;
mod statements;
mod text;

use spanlift_model::{OrganizationId, SimulationOutputId};

use crate::rows::SourceRow;
use crate::{Scope, Source, Subject};

pub(crate) fn subject() -> Subject {
    let organization_id: OrganizationId = "org-1".parse().unwrap();
    let simulation: SimulationOutputId = "sim-1".parse().unwrap();
    Subject { organization_id, scope: Scope::Simulation(simulation), service: None }
}

/// A source with spans in these simulations.
pub(crate) fn source(service: &str, import: &str, simulations: &[&str]) -> Source {
    let row = |simulation: &&str| SourceRow {
        simulation: (*simulation).to_owned(),
        service: service.to_owned(),
        import: import.to_owned(),
        attempt: u32::from(!import.is_empty()),
        spans: 4,
    };
    let rows: Vec<_> = simulations.iter().map(row).collect();
    let mut source = Source::new(&rows[0]);
    for row in &rows {
        source.add(row);
    }
    source
}
