//! What the process remembers of each connection: which API its server has, the plan's rate limit, how large its pages can be, and how much there is.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use spanlift_model::{ServerVersion, Timestamp};

/// More connections than a process serves in its life, as a rule.
const MOST_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
/// The rate limit's window, from its first request (docs/platforms/langfuse.md#91-rate-limits).
const RATE_WINDOW: Duration = Duration::from_mins(1);

/// The API that a server has (docs/platforms/langfuse.md#2-versions).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `GET /api/public/v2/observations`: the cloud, and self-hosted v4.
    V2,
    /// The older endpoints: self-hosted v3, with its release if it said it.
    V1(Option<[u32; 3]>),
}

impl Mode {
    /// As the ledger keeps it: `v2`, `v1 (3.225.4)`.
    pub(crate) fn version(&self) -> ServerVersion {
        match self {
            Self::V2 => ServerVersion { api: Some("v2"), release: None },
            Self::V1(release) => ServerVersion { api: Some("v1"), release: *release },
        }
    }
}

/// Rows a page that a server was seen to manage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRows {
    /// With contents.
    pub(crate) whole: usize,
    /// Without.
    pub(crate) slim: usize,
}

/// The most rows that Langfuse gives a page (docs/platforms/langfuse.md#31-query).
pub(crate) const LARGEST_PAGE: usize = 1_000;

impl Default for PageRows {
    fn default() -> Self {
        Self { whole: LARGEST_PAGE, slim: LARGEST_PAGE }
    }
}

/// What is remembered, by host and public key.
#[derive(Debug)]
pub(crate) struct Memory(Mutex<LruCache<(String, String), Remembered>>);

impl Default for Memory {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST_CONNECTIONS)))
    }
}

#[derive(Clone, Debug, Default)]
struct Remembered {
    mode: Option<Mode>,
    quota: Quota,
    page_rows: PageRows,
    /// A window did not fit into its first page.
    is_busy: bool,
}

/// The plan's limit, once a 429 has told it, and what was used of the current window.
#[derive(Clone, Copy, Debug, Default)]
struct Quota {
    limit: Option<u64>,
    began: Option<Timestamp>,
    used: u64,
}

impl Quota {
    /// Counts a request; how long to wait when the plan has none left. The N-th of a limit of N is refused.
    fn take(&mut self, now: Timestamp) -> Option<Duration> {
        let began = self.began.filter(|began| now < began.plus(RATE_WINDOW)).unwrap_or_else(|| {
            self.used = 0;
            now
        });
        self.began = Some(began);
        if self.limit.is_some_and(|limit| self.used.saturating_add(1) >= limit) {
            return Some(began.plus(RATE_WINDOW).since(now));
        }
        self.used += 1;
        None
    }

    fn refused(&mut self, limit: Option<u64>, retry_after: Option<Duration>, now: Timestamp) {
        self.limit = limit.filter(|limit| *limit > 1).or(self.limit);
        // The window is the organisation's, not ours: it ends when the platform says.
        if let (Some(limit), Some(wait)) = (self.limit, retry_after) {
            self.began = Some(now.plus(wait).minus(RATE_WINDOW));
            self.used = limit;
        }
    }
}

impl Memory {
    pub(crate) fn mode(&self, connection: &(String, String)) -> Option<Mode> {
        self.with(connection, |remembered| remembered.mode.clone())
    }

    pub(crate) fn learn_mode(&self, connection: &(String, String), mode: Option<Mode>) {
        self.with(connection, |remembered| remembered.mode = mode);
    }

    pub(crate) fn page_rows(&self, connection: &(String, String)) -> PageRows {
        self.with(connection, |remembered| remembered.page_rows)
    }

    pub(crate) fn learn_page_rows(&self, connection: &(String, String), rows: PageRows) {
        self.with(connection, |remembered| remembered.page_rows = rows);
    }

    pub(crate) fn is_busy(&self, connection: &(String, String)) -> bool {
        self.with(connection, |remembered| remembered.is_busy)
    }

    pub(crate) fn learn_busy(&self, connection: &(String, String), is_busy: bool) {
        self.with(connection, |remembered| remembered.is_busy = is_busy);
    }

    /// Counts a request; how long to wait when the plan has none left.
    pub(crate) fn take_request(&self, connection: &(String, String), now: Timestamp) -> Option<Duration> {
        self.with(connection, |remembered| remembered.quota.take(now))
    }

    /// A 429 came: what it says of the plan.
    pub(crate) fn learn_limit(
        &self,
        connection: &(String, String),
        limit: Option<u64>,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) {
        self.with(connection, |remembered| remembered.quota.refused(limit, retry_after, now));
    }

    fn with<T>(&self, connection: &(String, String), act: impl FnOnce(&mut Remembered) -> T) -> T {
        // A panic elsewhere leaves the cache usable.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.get_or_insert_mut(connection.clone(), Remembered::default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    #[test]
    fn keeps_to_a_limit_once_it_is_known() {
        let mut quota = Quota::default();
        assert!((0..1_000).all(|_| quota.take(NOW).is_none()));
        let wait = Duration::from_secs(23);
        quota.refused(Some(30), Some(wait), NOW);
        assert_eq!(quota.take(NOW), Some(wait));
        let later = NOW.plus(wait);
        assert_eq!((0..40).filter(|_| quota.take(later).is_none()).count(), 29);
    }
}
