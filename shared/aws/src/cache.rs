use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use spanlift_model::{Clock, Timestamp};

/// Values that are good for a while, and no more of them than `capacity`.
pub(crate) struct Cache<V> {
    lifetime: Duration,
    clock: Arc<dyn Clock>,
    entries: Mutex<LruCache<String, (Timestamp, V)>>,
}

impl<V: Clone> Cache<V> {
    pub(crate) fn new(lifetime: Duration, capacity: NonZeroUsize, clock: Arc<dyn Clock>) -> Self {
        Self { lifetime, clock, entries: Mutex::new(LruCache::new(capacity)) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V> {
        let now = self.clock.now();
        self.with(|entries| entries.get(key).filter(|(until, _)| *until > now).map(|(_, value)| value.clone()))
    }

    pub(crate) fn put(&self, key: &str, value: V) {
        let until = self.clock.now().plus(self.lifetime);
        self.with(|entries| entries.put(key.to_owned(), (until, value)));
    }

    pub(crate) fn remove(&self, key: &str) {
        self.with(|entries| entries.pop(key));
    }

    fn with<R>(&self, act: impl FnOnce(&mut LruCache<String, (Timestamp, V)>) -> R) -> R {
        // A panic elsewhere leaves the cache usable.
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
