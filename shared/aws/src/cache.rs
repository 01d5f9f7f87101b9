use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use spanlift_model::Timestamp;

/// Values that are good for a while, and no more of them than `capacity`.
pub(crate) struct Cache<V> {
    lifetime: Duration,
    capacity: usize,
    entries: Mutex<HashMap<String, (Timestamp, V)>>,
}

impl<V: Clone> Cache<V> {
    pub(crate) fn new(lifetime: Duration, capacity: usize) -> Self {
        Self { lifetime, capacity, entries: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<V> {
        self.with(|entries| entries.get(key).filter(|(until, _)| *until > now).map(|(_, value)| value.clone()))
    }

    pub(crate) fn put(&self, key: &str, value: V, now: Timestamp) {
        self.with(|entries| {
            entries.retain(|_, (until, _)| *until > now);
            if entries.len() >= self.capacity {
                let oldest = entries.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| key.clone());
                oldest.and_then(|oldest| entries.remove(&oldest));
            }
            entries.insert(key.to_owned(), (now.plus(self.lifetime), value));
        });
    }

    pub(crate) fn remove(&self, key: &str) {
        self.with(|entries| entries.remove(key));
    }

    fn with<R>(&self, act: impl FnOnce(&mut HashMap<String, (Timestamp, V)>) -> R) -> R {
        // Whoever panicked in here left a map all the same.
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
