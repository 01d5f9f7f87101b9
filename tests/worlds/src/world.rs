//! A test world: calls, and the spans of all agents that write to one project of one platform.
//!
//! It knows no platform's wire. A provider's file (`langfuse.rs`, …) makes its stand-in's scenario of it.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use spanlift_model::Timestamp;

/// Whose platform the world is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Provider {
    /// Arize Phoenix.
    Arize,
    /// Langfuse.
    Langfuse,
    /// `LangSmith`.
    Langsmith,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 3] = [Self::Arize, Self::Langfuse, Self::Langsmith];

    /// The provider's name, as jobs name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arize => "arize",
            Self::Langfuse => "langfuse",
            Self::Langsmith => "langsmith",
        }
    }

    /// When later passes are due, in seconds after the first claim.
    #[must_use]
    pub const fn schedule(self) -> &'static [u64] {
        match self {
            Self::Arize | Self::Langsmith => &[20, 60, 300, 900],
            Self::Langfuse => &[20, 60, 300, 960, 1_800],
        }
    }

    /// The pass at which an import that looks whole is looked at once more, in seconds.
    #[must_use]
    pub const fn last_look(self) -> u64 {
        match self {
            Self::Arize | Self::Langsmith => 300,
            Self::Langfuse => 960,
        }
    }

    /// Can the platform tell of a span that has begun and not ended?
    #[must_use]
    pub const fn tells_begun(self) -> bool {
        !matches!(self, Self::Arize)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The moment from which arrivals and events count. Virtual time begins here.
#[must_use]
pub const fn begin() -> Timestamp {
    Timestamp::from_millis(1_795_176_000_000)
}

/// A whole world.
#[derive(Clone, Debug)]
pub struct World {
    /// The platform.
    pub provider: Provider,
    /// What the generator was seeded with.
    pub number: u64,
    /// What kind of world it is, with the kinds of trouble that were laid over it.
    pub family: String,
    /// How the server answers.
    pub server: Server,
    /// The connection's setting `correlation`.
    pub correlation: &'static str,
    /// Simulated calls, ours and others'.
    pub calls: Vec<Call>,
    /// Everything that the platform is ever told.
    pub spans: Vec<Span>,
}

/// How the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The most rows of a page, whatever is asked for.
    pub page_rows: usize,
    /// Which of a provider's interfaces there are; each provider has its own numbers, 0 is the newest.
    pub edition: u32,
}

/// One attempt at one simulated call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The simulation's id.
    pub simulation: String,
    /// Which attempt at it.
    pub attempt: u32,
    /// The window's begin.
    pub started_at: Timestamp,
    /// The window's end.
    pub ended_at: Timestamp,
    /// Further values that mark a trace as this simulation's.
    pub hints: Vec<String>,
    /// When its event comes, if it does: only such calls are imported.
    pub event: Option<Duration>,
}

impl Call {
    /// Every value that marks a trace as this simulation's.
    pub fn marks(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.simulation.as_str()).chain(self.hints.iter().map(String::as_str))
    }
}

/// A span, as the platform will tell it.
#[derive(Clone, Debug)]
pub struct Span {
    /// A short name for people: `A`, `B`, …
    pub name: String,
    /// The trace's id, as the platform has it.
    pub trace: String,
    /// Its own id; unique in its trace only.
    pub id: String,
    /// The id of the span above it, there or not.
    pub parent: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` for ever.
    pub ended_at: Option<Timestamp>,
    /// What it says of whose it is.
    pub tags: Vec<Tag>,
    /// Attributes beside them, as its SDK writes them.
    pub says: Vec<(&'static str, &'static str)>,
    /// From when on the platform tells it.
    pub arrives: Duration,
    /// From when on the platform tells its end.
    pub end_arrives: Duration,
    /// From when on the platform tells it no more.
    pub deleted: Option<Duration>,
    /// Can its row be read?
    pub row: Row,
    /// How often the platform tells it at once.
    pub copies: u32,
}

impl Span {
    /// Does the platform hold it at a moment?
    #[must_use]
    pub fn is_there(&self, now: Duration) -> bool {
        self.arrives <= now && self.deleted.is_none_or(|deleted| now < deleted)
    }

    /// Does the platform know its end at a moment?
    #[must_use]
    pub fn has_ended(&self, now: Duration) -> bool {
        self.ended_at.is_some() && self.end_arrives <= now
    }
}

/// Can a row be read?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Yes.
    Sound,
    /// Its ids can be had, and something beside them is no JSON that a library takes.
    Unreadable(Flaw),
    /// Not even its ids can be had.
    WithoutIds,
    /// Every answer that would hold it is an error.
    NeverTold,
}

/// What makes a row unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// `1e400`.
    Number,
    /// Over 128 levels.
    Depth,
    /// Half of a surrogate pair.
    Surrogate,
    /// A start that is no time.
    Start,
    /// `1e400` in place of the tags' own values.
    Tag,
    /// An exporter has cut the text that holds the tag, in the middle of its value.
    Cut,
}

/// A key with a value, where and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its key.
    pub key: Key,
    /// What it says, without what its shape adds.
    pub value: String,
    /// Where it stands.
    pub place: Place,
    /// How its value is written.
    pub shape: Shape,
    /// Bytes of other content before it, in the same place.
    pub behind: usize,
}

/// A key's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `simulation_output_id`
    SimulationOutputId,
    /// `coval_simulation_output_id`
    CovalSimulationOutputId,
    /// `session_id`
    SessionSnake,
    /// `session.id`
    SessionDotted,
    /// `sessionId`
    SessionCamel,
}

impl Key {
    /// As people write it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::SimulationOutputId => "simulation_output_id",
            Self::CovalSimulationOutputId => "coval_simulation_output_id",
            Self::SessionSnake => "session_id",
            Self::SessionDotted => "session.id",
            Self::SessionCamel => "sessionId",
        }
    }

    /// Does it name a simulation and nothing else?
    #[must_use]
    pub const fn is_specific(self) -> bool {
        matches!(self, Self::SimulationOutputId | Self::CovalSimulationOutputId)
    }
}

/// Where a tag stands. Not every platform has every place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A member of the span's metadata, by its name.
    Metadata,
    /// The same, `session.id` being `{"session": {"id": …}}`.
    Nested,
    /// Metadata is a JSON text, and the tag a member of what it says.
    MetadataText,
    /// An attribute of the span.
    Attribute,
    /// The platform's own session, of a span.
    Session,
    /// The trace itself: it stands on every span of it. `session.id` is the trace's session, anything else its metadata.
    Trace,
}

/// How a tag's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// A number.
    Number,
    /// Text with blanks around it.
    Padded,
    /// Text with a line end behind it.
    LineEnd,
}
