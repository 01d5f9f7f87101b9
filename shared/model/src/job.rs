use serde::{Deserialize, Serialize};

use crate::{ImportId, Provider, Refusal, SimulationCompleted, Timestamp};

/// One pass of one import: what fanout, and a pass before, sends to a provider's queue (docs/ARCHITECTURE.md#event-and-job).
///
/// It carries all that a replay needs; the credentials are looked up when it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportJob {
    /// The simulation whose traces are imported.
    #[serde(flatten)]
    pub event: SimulationCompleted,
    /// The platform to import from.
    pub provider: Provider,
    /// 0, then one more for every later look at the platform.
    #[serde(default)]
    pub pass: u32,
    /// Not to be run before this; it sends itself again until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Run even if the ledger says that the import has ended. Never breaks a live lease.
    #[serde(default)]
    pub force: bool,
}

impl ImportJob {
    /// The first pass of `provider` for a simulation.
    #[must_use]
    pub fn first(event: SimulationCompleted, provider: Provider) -> Self {
        Self { event, provider, pass: 0, not_before: None, force: false }
    }

    /// A later pass of the same import.
    #[must_use]
    pub fn later(&self, pass: u32, not_before: Timestamp) -> Self {
        Self { pass, not_before: Some(not_before), force: false, ..self.clone() }
    }

    /// Reads a queue message.
    ///
    /// # Errors
    /// [`Refusal`] says which rule the message breaks.
    pub fn parse(body: &str) -> Result<Self, Refusal> {
        // The event's own rules first: their refusals name the field.
        SimulationCompleted::parse(body)?;
        serde_json::from_str(body).map_err(|error| Refusal::bad_field("job", &error))
    }

    /// The import that this is a pass of.
    #[must_use]
    pub fn import_id(&self) -> ImportId {
        let event = &self.event;
        ImportId::new(&event.organization_id, &event.simulation_output_id, event.attempt, &self.provider)
    }
}
