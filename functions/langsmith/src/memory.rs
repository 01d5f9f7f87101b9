//! What is worth knowing from one reading to the next, as long as the process lives.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use secrecy::{ExposeSecret as _, SecretString};
use spanlift_model::{Digest, Timestamp};
use spanlift_platform_client::Response;

use crate::query::Version;

/// A project keeps its id until it is renamed or made anew.
const PROJECT_LIFE: Duration = Duration::from_mins(5);
/// What else is in a project changes.
const TAGS_FIRST_LIFE: Duration = Duration::from_mins(5);
/// A sandbox serves many customers, a few at a time.
const MOST: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Memory {
    connections: Mutex<LruCache<[u8; 32], Known>>,
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

#[derive(Clone, Debug, Default)]
struct Known {
    version: Option<Version>,
    /// Since when it is better to look at tags first.
    tags_first: Option<Timestamp>,
    project: Option<(String, Timestamp)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { connections: Mutex::new(LruCache::new(MOST)), is_deprecation_told: AtomicBool::new(false) }
    }
}

impl Memory {
    /// The version that this connection's server is known to serve instead of the preferred one.
    pub(crate) fn version(&self, who: &Who) -> Option<Version> {
        self.known().get(&who.id())?.version
    }

    pub(crate) fn set_version(&self, who: &Who, version: Version) {
        self.change(who, |known| known.version = Some(version));
    }

    pub(crate) fn project(&self, who: &Who, now: Timestamp) -> Option<String> {
        let mut known = self.known();
        let (id, since) = known.get(&who.id())?.project.as_ref()?;
        (now.since(*since) < PROJECT_LIFE).then(|| id.clone())
    }

    pub(crate) fn set_project(&self, who: &Who, id: &str, now: Timestamp) {
        self.change(who, |known| known.project = Some((id.to_owned(), now)));
    }

    pub(crate) fn forget_project(&self, who: &Who) {
        self.change(who, |known| known.project = None);
    }

    /// Did reading whole rows at once not pay a short while ago?
    pub(crate) fn is_tags_first(&self, who: &Who, now: Timestamp) -> bool {
        let since = self.known().get(&who.id()).and_then(|known| known.tags_first);
        since.is_some_and(|since| now.since(since) < TAGS_FIRST_LIFE)
    }

    pub(crate) fn set_tags_first(&self, who: &Who, now: Timestamp) {
        self.change(who, |known| known.tags_first = Some(now));
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
        change(self.known().get_or_insert_mut(who.id(), Known::default));
    }

    fn known(&self) -> MutexGuard<'_, LruCache<[u8; 32], Known>> {
        // A panic elsewhere leaves the cache usable.
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Who {
    /// Names it without its key.
    fn id(&self) -> [u8; 32] {
        let mut digest = Digest::default();
        let workspace = self.workspace.as_deref().map_or([].as_slice(), str::as_bytes);
        let has_workspace = [u8::from(self.workspace.is_some())];
        for part in [self.base.as_bytes(), &has_workspace, workspace, self.project_name.as_bytes()] {
            digest.add(part);
        }
        digest.add(self.key.expose_secret().as_bytes());
        digest.finish()
    }
}
