//! Reads one account of a call's usage by the table of names.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use spanlift_model::json::{Map, Value};

use super::names::{CACHE_CREATION_GROUP, COUNTS, Count, CountRow, Group, INPUT_GROUPS, OUTPUT_GROUPS};
use crate::names::is_same;
use crate::sent::Usage;

/// How an account is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// By the conventions: cached tokens and reasoning are inside; a zero is a zero, but for nothing in and nothing out.
    Attributes,
    /// An SDK's record with a field for everything: zeros alone are unknown, and so is a detail of zero.
    Metrics,
    /// A model's answer: zeros alone are unknown; cached tokens and reasoning are inside or beside, as the total or the names say.
    Object,
}

/// Where the general count of a cache stops in LangSmith's wrapper of Gemini.
const BEYOND: u64 = 200_000;

/// A count: a whole number, as a number or as text.
#[must_use]
pub fn count_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

/// What an account says, row by row of [`COUNTS`], with the group that it was in: of several the first, and in one the larger.
#[derive(Default)]
pub(super) struct Account {
    found: BTreeMap<usize, (usize, Reverse<u64>)>,
    has_input_details: bool,
}

impl Account {
    pub(super) fn of_object(object: &Map) -> Self {
        let mut account = Self::default();
        for (name, value) in object {
            match value {
                Value::Object(members) => account.tell_group(name, members),
                value => account.tell(None, name, value),
            }
        }
        account
    }

    /// An object with details.
    pub(super) fn tell_group(&mut self, group: &str, members: &Map) {
        for (name, value) in members {
            self.tell(Some(group), name, value);
        }
        self.note_group(group);
    }

    /// One count, behind the name of the object that it stands in.
    pub(super) fn tell(&mut self, group: Option<&str>, name: &str, value: &Value) {
        let Some(count) = count_of(value) else { return };
        for (row, rank) in places_of(group, name) {
            let told = (*rank, Reverse(count));
            self.found.entry(*row).and_modify(|earlier| *earlier = told.min(*earlier)).or_insert(told);
        }
        if let Some(group) = group {
            self.note_group(group);
        }
    }

    pub(super) fn usage(&self, reading: Reading) -> Option<Usage> {
        if self.found.is_empty() {
            return None;
        }
        let is_known = |count: &u64| *count > 0 || reading != Reading::Metrics;
        let detail = |general, part| larger(self.first(general), self.sum(part)).filter(is_known);
        let beyond = self.sum(Count::CacheReadBeyond).unwrap_or(0);
        let cache_read = detail(Count::CacheRead, Count::CacheReadPart)
            .map(|count| if count <= BEYOND { count.saturating_add(beyond) } else { count });
        let usage = Usage {
            input: self.first(Count::Input).map(|input| input.saturating_add(self.sum(Count::ToolInput).unwrap_or(0))),
            output: self.first(Count::Output),
            total: self.first(Count::Total).filter(|total| *total > 0),
            cache_read,
            cache_creation: detail(Count::CacheCreation, Count::CacheCreationPart),
            reasoning: detail(Count::Reasoning, Count::ReasoningPart),
        };
        let counts = usage.counts().into_iter().flatten();
        let is_broken_off = usage.input == Some(0) && usage.output == Some(0) && usage.total.is_none();
        match reading {
            // Nothing in and nothing out is no call: its answer broke off before it told.
            Reading::Attributes => (usage != Usage::default() && !is_broken_off).then_some(usage),
            // Zeros alone are what stands there before anything is known.
            Reading::Metrics => counts.max().is_some_and(|count| count > 0).then_some(usage),
            Reading::Object => counts.max().is_some_and(|count| count > 0).then(|| self.with_all_inside(usage)),
        }
    }

    /// With what stands beside the tokens in and out put among them: as the total says, else as the names say.
    fn with_all_inside(&self, usage: Usage) -> Usage {
        let cached = [usage.cache_read, usage.cache_creation].into_iter().flatten().fold(0, u64::saturating_add);
        let reasoning = usage.reasoning.unwrap_or(0);
        let by_name = (
            !self.has_input_details
                && [Count::CacheRead, Count::CacheCreation].iter().any(|count| self.is_apart(*count)),
            self.is_apart(Count::Reasoning),
        );
        let sums = |(is_cache_apart, is_reasoning_apart): (bool, bool)| {
            let plus = |count: Option<u64>, is_apart, part| {
                count.map(|count: u64| if is_apart { count.saturating_add(part) } else { count })
            };
            (plus(usage.input, is_cache_apart, cached), plus(usage.output, is_reasoning_apart, reasoning))
        };
        let fits = |reading: &(bool, bool)| {
            let (input, output) = sums(*reading);
            usage.total.is_some_and(|total| total == input.unwrap_or(0).saturating_add(output.unwrap_or(0)))
        };
        let readings = [by_name, (false, false), (true, false), (false, true), (true, true)];
        let (input, output) = sums(readings.into_iter().find(fits).unwrap_or(by_name));
        Usage { input, output, ..usage }
    }

    fn first(&self, count: Count) -> Option<u64> {
        self.told(count).next().map(|(_, count)| count)
    }

    fn sum(&self, count: Count) -> Option<u64> {
        self.told(count).map(|(_, count)| count).reduce(u64::saturating_add)
    }

    fn is_apart(&self, count: Count) -> bool {
        self.told(count).next().is_some_and(|(row, _)| row.is_apart)
    }

    fn told(&self, count: Count) -> impl Iterator<Item = (&'static CountRow, u64)> {
        let rows = self.found.iter().filter_map(|(row, (_, Reverse(told)))| Some((COUNTS.get(*row)?, *told)));
        rows.filter(move |(row, _)| row.is == count)
    }

    fn note_group(&mut self, group: &str) {
        self.has_input_details |= rank_of(INPUT_GROUPS, group).is_some() && !is_same(group, CACHE_CREATION_GROUP);
    }
}

/// Rows of [`COUNTS`] by their place, and which of the places for such a row it is.
type Places = Vec<(usize, usize)>;

/// [`COUNTS`] by the group that a name stands in and by the name, without case and `_`.
static PLACES: LazyLock<HashMap<Option<String>, HashMap<String, Places>>> = LazyLock::new(|| {
    let mut places: HashMap<_, HashMap<_, Places>> = HashMap::new();
    let mut add = |group: Option<&str>, name: &str, place| {
        places.entry(group.map(letters)).or_default().entry(letters(name)).or_default().push(place);
    };
    for (row, CountRow { name, group, .. }) in COUNTS.iter().enumerate() {
        let groups = match group {
            Group::Top => {
                add(None, name, (row, 0));
                if let Some((group, name)) = name.rsplit_once('.') {
                    add(Some(group), name, (row, 0));
                }
                continue;
            }
            Group::Input => INPUT_GROUPS,
            Group::Output => OUTPUT_GROUPS,
        };
        groups.iter().enumerate().for_each(|(rank, (group, _))| add(Some(group), name, (row, rank)));
    }
    places
});

fn places_of(group: Option<&str>, name: &str) -> &'static [(usize, usize)] {
    PLACES.get(&group.map(letters)).and_then(|names| names.get(&letters(name))).map_or(&[], Vec::as_slice)
}

/// What [`is_same`] compares.
fn letters(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

fn rank_of(groups: &[(&str, &str)], group: &str) -> Option<usize> {
    groups.iter().position(|(name, _)| is_same(name, group))
}

fn larger(one: Option<u64>, two: Option<u64>) -> Option<u64> {
    one.max(two)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole, positive and small")]
fn whole(float: f64) -> Option<u64> {
    (float.fract() == 0.0 && (0.0..=9.0e15).contains(&float)).then_some(float as u64)
}
