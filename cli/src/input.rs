//! What a file to replay holds.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use spanlift_model::{ImportJob, Refusal, SimulationCompleted};

/// Why there is nothing to replay.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The batch is empty.
    #[error("the batch holds no message")]
    NoMessage,
}

/// One message of the input, and what it is to the function that it is for.
#[derive(Debug)]
pub struct Message {
    /// Its text.
    pub body: String,
    /// What it holds, or why that is refused.
    pub content: Result<Content, Refusal>,
}

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// For fanout: a simulation is over.
    Event(SimulationCompleted),
    /// For an importer.
    Job(ImportJob),
}

impl Content {
    /// It names a provider, and goes to that one's queue.
    #[must_use]
    pub const fn is_job(&self) -> bool {
        matches!(self, Self::Job(_))
    }

    /// The event, which a job carries along.
    #[must_use]
    pub const fn event(&self) -> &SimulationCompleted {
        match self {
            Self::Event(event) => event,
            Self::Job(job) => &job.event,
        }
    }

    fn parse(body: &str) -> Result<Self, Refusal> {
        if serde_json::from_str::<Value>(body).is_ok_and(|message| message.get("provider").is_some()) {
            ImportJob::parse(body).map(Self::Job)
        } else {
            SimulationCompleted::parse(body).map(Self::Event)
        }
    }
}

/// A batch as Lambda gets it (`Records[].body`), or as `aws sqs receive-message` prints it (`Messages[].Body`).
#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records", alias = "Messages")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(default, alias = "Body")]
    body: Value,
}

/// The text of a file; `-` is standard input.
///
/// # Errors
/// [`InputError::File`].
pub fn read(path: &Path) -> Result<String, InputError> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|content| text = content)
    };
    read.map(|()| text).map_err(|source| InputError::File { path: path.to_owned(), source })
}

/// The messages of a text: those of a batch, or the text itself.
///
/// # Errors
/// [`InputError::NoMessage`].
pub fn messages(text: &str) -> Result<Vec<Message>, InputError> {
    let bodies = match serde_json::from_str::<Batch>(text) {
        Ok(batch) => batch.records.into_iter().map(|record| body(record.body)).collect(),
        Err(_) => vec![text.to_owned()],
    };
    if bodies.is_empty() {
        return Err(InputError::NoMessage);
    }
    Ok(bodies.into_iter().map(message).collect())
}

/// A body is text; one that was put in as an object, to be easier on the eye, is taken as its text.
fn body(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn message(body: String) -> Message {
    Message { content: Content::parse(&body), body }
}
