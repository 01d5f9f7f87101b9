//! What is worth knowing from one reading to the next, as long as the process lives.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use spanlift_model::Timestamp;
use spanlift_platform_client::Response;

use crate::query::Version;

/// A project keeps its id until it is renamed or made anew.
const PROJECT_LIFE: Duration = Duration::from_mins(5);
/// A sandbox serves many customers, a few at a time.
const MOST: usize = 64;

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    connections: Mutex<Vec<Known>>,
    is_deprecation_told: AtomicBool,
}

/// A connection, as far as it makes a difference: the key too, for other tenants have projects of the same name.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) base: String,
    pub(crate) key: SecretString,
    pub(crate) workspace: Option<String>,
    pub(crate) project_name: String,
}

#[derive(Debug)]
struct Known {
    who: Who,
    version: Option<Version>,
    project: Option<(String, Timestamp)>,
}

impl Memory {
    /// The version that this connection's server is known to serve instead of the preferred one.
    pub(crate) fn version(&self, who: &Who) -> Option<Version> {
        self.known().iter().find(|known| known.who.is(who))?.version
    }

    pub(crate) fn set_version(&self, who: &Who, version: Version) {
        self.change(who, |known| known.version = Some(version));
    }

    pub(crate) fn project(&self, who: &Who, now: Timestamp) -> Option<String> {
        let known = self.known();
        let (id, since) = known.iter().find(|known| known.who.is(who))?.project.as_ref()?;
        (now.since(*since) < PROJECT_LIFE).then(|| id.clone())
    }

    pub(crate) fn set_project(&self, who: &Who, id: &str, now: Timestamp) {
        self.change(who, |known| known.project = Some((id.to_owned(), now)));
    }

    pub(crate) fn forget_project(&self, who: &Who) {
        self.change(who, |known| known.project = None);
    }

    /// Says once that the server announces the end of what is read.
    pub(crate) fn note_deprecation(&self, version: Version, answer: &Response) {
        let headers = ["deprecation", "sunset"].map(|name| answer.header(name));
        if headers.iter().any(Option::is_some) && !self.is_deprecation_told.swap(true, Ordering::Relaxed) {
            let sunset = answer.header("sunset").and_then(Timestamp::parse_http);
            let sunset = sunset.map_or_else(|| "unknown".to_owned(), Timestamp::day);
            tracing::warn!(?version, %sunset, "LangSmith will remove the API that is read here");
        }
    }

    fn change(&self, who: &Who, change: impl FnOnce(&mut Known)) {
        let mut all = self.known();
        let position = all.iter().position(|known| known.who.is(who));
        let mut known = match position {
            Some(position) => all.remove(position),
            None => Known { who: who.clone(), version: None, project: None },
        };
        change(&mut known);
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(known);
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        // Every state of the list is a good one.
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Who {
    fn is(&self, other: &Self) -> bool {
        self.base == other.base
            && self.workspace == other.workspace
            && self.project_name == other.project_name
            && self.key.expose_secret() == other.key.expose_secret()
    }
}
