use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Attempt, Hint, OrganizationId, SimulationOutputId, Timestamp, Window, cut};

/// Bytes of a sentence on a value: it may quote the value.
const LONGEST_PROBLEM: usize = 300;
/// The event's version that this code reads.
const VERSION: &str = "1";
/// The `EventBridge` names of the event (docs/ARCHITECTURE.md#event-and-job).
const SOURCE: &str = "coval.simulations";
const DETAIL_TYPE: &str = "Simulation Completed";
/// A simulated call is minutes long; a longer window is a mistake of the sender.
const LONGEST_WINDOW: Duration = Duration::from_hours(24);
const MOST_HINTS: usize = 8;

/// A simulation has ended: the detail of the event, with every rule checked (docs/ARCHITECTURE.md#event-and-job).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct SimulationCompleted {
    version: String,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The run that the simulation was part of, if the sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<Hint>,
    /// The simulated call.
    pub simulation_output_id: SimulationOutputId,
    /// How it ended.
    pub status: EventStatus,
    /// 1, and one more each time the same simulation is run again in place.
    pub attempt: u32,
    /// When the call began.
    pub started_at: Timestamp,
    /// When the call ended.
    pub ended_at: Timestamp,
    /// Further values that mark a trace as this simulation's.
    hints: Vec<Hint>,
}

/// The statuses of a simulation whose traces are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventStatus {
    /// The call took place.
    Completed,
    /// The call broke off; its traces say why.
    Failed,
}

/// Why a message is refused: it goes to the dead-letter queue with this reason and is never tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is not a JSON object.
    #[error("the message is not a JSON object")]
    BadJson,
    /// An envelope of another event than ours.
    #[error("the envelope is not of source \"coval.simulations\" and detail-type \"Simulation Completed\"")]
    OtherEvent,
    /// A version that this code does not know.
    #[error("\"version\" must be \"1\"")]
    UnknownVersion,
    /// A field is missing, or holds what it must not.
    #[error("\"{field}\": {problem}")]
    BadField {
        /// The field's name.
        field: &'static str,
        /// Which rule it breaks.
        problem: String,
    },
    /// `ended_at` is before `started_at`.
    #[error("\"ended_at\" is before \"started_at\"")]
    EndsBeforeStart,
    /// The window is longer than 24 hours.
    #[error("the window is longer than 24 hours")]
    WindowTooLong,
    /// The status is none that is imported. Not an error: the message is acknowledged and ignored.
    #[error("a simulation with this status is not imported")]
    IgnoredStatus,
}

impl Refusal {
    /// A field that cannot be read. What is wrong with it is cut: the message may be as large as a queue takes.
    pub(crate) fn bad_field(field: &'static str, error: &impl std::fmt::Display) -> Self {
        let mut problem = error.to_string();
        cut(&mut problem, LONGEST_PROBLEM);
        Self::BadField { field, problem }
    }

    /// The reason as one word, for the dead-letter queue's message attribute.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::OtherEvent => "other_event",
            Self::UnknownVersion => "unknown_version",
            Self::BadField { .. } => "bad_field",
            Self::EndsBeforeStart => "ends_before_start",
            Self::WindowTooLong => "window_too_long",
            Self::IgnoredStatus => "ignored_status",
        }
    }
}

impl SimulationCompleted {
    /// Reads a queue message: the event's detail, bare or in its `EventBridge` envelope.
    ///
    /// # Errors
    /// [`Refusal`] says which rule the message breaks.
    pub fn parse(body: &str) -> Result<Self, Refusal> {
        let mut message: Map<String, Value> = serde_json::from_str(body).map_err(|_| Refusal::BadJson)?;
        let Some(detail) = message.remove("detail") else {
            return Self::try_from(message);
        };
        let says = |field: &str, expected: &str| message.get(field).and_then(Value::as_str) == Some(expected);
        if !says("source", SOURCE) || !says("detail-type", DETAIL_TYPE) {
            return Err(Refusal::OtherEvent);
        }
        match detail {
            Value::Object(detail) => Self::try_from(detail),
            _ => Err(Refusal::BadField { field: "detail", problem: "must be an object".to_owned() }),
        }
    }

    /// When the call took place.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.started_at, to: self.ended_at }
    }

    /// Which of the times that the simulation was run this is.
    #[must_use]
    pub fn this_attempt(&self) -> Attempt {
        Attempt { number: self.attempt, started_at: self.started_at, ended_at: self.ended_at }
    }

    /// Every value that marks a trace as this simulation's, its own id first.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        let mut hints = vec![Hint::from(&self.simulation_output_id)];
        hints.extend(self.hints.iter().cloned());
        hints
    }
}

impl TryFrom<Map<String, Value>> for SimulationCompleted {
    type Error = Refusal;

    fn try_from(detail: Map<String, Value>) -> Result<Self, Refusal> {
        let fields = Fields(&detail);
        let version: String = fields.required("version").map_err(|_| Refusal::UnknownVersion)?;
        if version != VERSION {
            return Err(Refusal::UnknownVersion);
        }
        // Before the rest: a simulation that was never run has no times to check.
        let status = match fields.required::<String>("status")?.as_str() {
            "COMPLETED" => EventStatus::Completed,
            "FAILED" => EventStatus::Failed,
            _ => return Err(Refusal::IgnoredStatus),
        };
        let event = Self {
            version,
            organization_id: fields.required("organization_id")?,
            run_id: fields.optional("run_id")?,
            simulation_output_id: fields.required("simulation_output_id")?,
            status,
            attempt: fields.optional("attempt")?.unwrap_or(1),
            started_at: fields.required("started_at")?,
            ended_at: fields.required("ended_at")?,
            hints: fields.optional("hints")?.unwrap_or_default(),
        };
        event.check()?;
        Ok(event)
    }
}

impl SimulationCompleted {
    fn check(&self) -> Result<(), Refusal> {
        let bad = |field, problem: &str| Err(Refusal::BadField { field, problem: problem.to_owned() });
        if self.attempt == 0 {
            return bad("attempt", "counts from 1");
        }
        if self.hints.len() > MOST_HINTS {
            return bad("hints", "more than 8");
        }
        if self.ended_at < self.started_at {
            return Err(Refusal::EndsBeforeStart);
        }
        if self.ended_at.since(self.started_at) > LONGEST_WINDOW {
            return Err(Refusal::WindowTooLong);
        }
        // The trace store's dates are unsigned: outside these years they wrap.
        for (field, moment) in [("started_at", self.started_at), ("ended_at", self.ended_at)] {
            if !(FIRST_YEAR..LAST_YEAR).contains(&moment.seconds()) {
                return bad(field, "outside the years 2000 to 2100");
            }
        }
        Ok(())
    }
}

/// 2000-01-01 and 2100-01-01, in seconds since the epoch.
const FIRST_YEAR: i64 = 946_684_800;
const LAST_YEAR: i64 = 4_102_444_800;

/// The fields of a JSON object, read one by one so that a refusal names the field.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn required<T: for<'de> Deserialize<'de>>(&self, field: &'static str) -> Result<T, Refusal> {
        self.optional(field)?.ok_or(Refusal::BadField { field, problem: "is missing".to_owned() })
    }

    /// A null counts as absent.
    fn optional<T: for<'de> Deserialize<'de>>(&self, field: &'static str) -> Result<Option<T>, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match T::deserialize(value) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(Refusal::bad_field(field, &error)),
            },
        }
    }
}
