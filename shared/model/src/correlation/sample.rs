use std::collections::{BTreeMap, HashSet};

use super::{Key, Label};
use crate::Timestamp;

/// What the newest rows of a window hold: how many they are, from when, and which keys stand on how many of them. It
/// keeps no value of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    rows: u64,
    traces: HashSet<String>,
    unknown: u64,
    newest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    keys: BTreeMap<Key, (u64, HashSet<String>)>,
}

/// On how much of a sample a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyShare {
    /// The key.
    pub key: Key,
    /// Rows that carry it.
    pub rows: u64,
    /// Traces with such a row.
    pub traces: u64,
}

impl Sample {
    /// Adds a row. `is_tag_unknown`: it may carry a key that cannot be read.
    pub fn add(&mut self, trace_id: &str, started_at: Option<Timestamp>, labels: &[Label], is_tag_unknown: bool) {
        self.rows += 1;
        self.traces.insert(trace_id.to_owned());
        self.unknown += u64::from(is_tag_unknown);
        self.newest = self.newest.max(started_at);
        self.oldest = started_at.into_iter().chain(self.oldest).min();
        // The same key may stand on a row twice, in two places.
        for key in Key::ALL.into_iter().filter(|key| labels.iter().any(|label| label.key == *key)) {
            let (rows, traces) = self.keys.entry(key).or_default();
            *rows += 1;
            traces.insert(trace_id.to_owned());
        }
    }

    /// Are there so many rows already?
    #[must_use]
    pub fn has(&self, rows: usize) -> bool {
        usize::try_from(self.rows).is_ok_and(|known| known >= rows)
    }

    /// Rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Traces that they are of.
    #[must_use]
    pub fn traces(&self) -> u64 {
        count(&self.traces)
    }

    /// Rows that may carry a key which cannot be read.
    #[must_use]
    pub const fn unknown(&self) -> u64 {
        self.unknown
    }

    /// When the latest of them began.
    #[must_use]
    pub const fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// When the earliest of them began.
    #[must_use]
    pub const fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// The keys that occur.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyShare> {
        self.keys
            .iter()
            .map(|(key, (rows, traces))| KeyShare { key: *key, rows: *rows, traces: count(traces) })
            .collect()
    }
}

fn count(traces: &HashSet<String>) -> u64 {
    u64::try_from(traces.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_once_a_row_and_once_a_trace() {
        let labels = |keys: &[Key]| keys.iter().filter_map(|key| Label::new(*key, "v")).collect::<Vec<_>>();
        let at = |seconds: i64| Some(Timestamp::from_millis(1_000 * seconds));
        let mut sample = Sample::default();
        sample.add("a", at(5), &labels(&[Key::SessionId, Key::SessionId]), false);
        sample.add("a", at(7), &labels(&[Key::SessionId, Key::SimulationOutputId]), false);
        sample.add("b", at(2), &labels(&[Key::SessionId]), false);
        sample.add("c", None, &[], true);
        assert_eq!((sample.rows(), sample.traces(), sample.unknown()), (4, 3, 1));
        assert_eq!((sample.newest(), sample.oldest()), (at(7), at(2)));
        assert_eq!(
            sample.keys(),
            [
                KeyShare { key: Key::SimulationOutputId, rows: 1, traces: 1 },
                KeyShare { key: Key::SessionId, rows: 3, traces: 2 },
            ]
        );
        assert!(sample.has(4) && !sample.has(5));
    }
}
