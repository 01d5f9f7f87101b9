//! The tree of one trace, and walks from the top down that take linear time whatever the parents are.

use std::collections::HashMap;

/// What is above a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// Nothing: it is a root.
    Root,
    /// The span of this index.
    At(usize),
    /// A span that is not there.
    Missing,
}

/// Where a chain of parents ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At a root, or in a cycle: all that is above is there.
    Whole,
    /// At a span that is not there.
    Broken,
}

/// Who is above whom in one trace.
pub(super) struct Tree {
    parents: Vec<Parent>,
    /// Parents before their children. The spans of a cycle stand in it twice: the second time what they hand down has
    /// been all around.
    order: Vec<usize>,
    /// The tops: roots, and all spans of cycles.
    tops: Vec<usize>,
}

impl Tree {
    /// `spans` are (id, parent's id), each id once.
    pub(super) fn new(spans: &[(&str, Option<&str>)]) -> Self {
        let by_id: HashMap<&str, usize> = spans.iter().enumerate().map(|(index, (id, _))| (*id, index)).collect();
        let parent_of = |(_, parent): &(&str, Option<&str>)| match parent {
            None => Parent::Root,
            Some(id) => by_id.get(id).map_or(Parent::Missing, |index| Parent::At(*index)),
        };
        let parents: Vec<Parent> = spans.iter().map(parent_of).collect();
        let is_root = |index: &usize| parents.get(*index) == Some(&Parent::Root);
        let mut tree = Self { tops: (0..spans.len()).filter(is_root).collect(), parents, order: Vec::new() };
        tree.sort(spans);
        tree
    }

    /// Roots, and all spans of cycles: a cycle has nothing above it either.
    pub(super) fn tops(&self) -> &[usize] {
        &self.tops
    }

    /// The span above, if it is there.
    pub(super) fn parent(&self, index: usize) -> Option<usize> {
        match self.parents.get(index) {
            Some(Parent::At(parent)) => Some(*parent),
            _ => None,
        }
    }

    /// For each span what `step` makes of it and of what was made of the span above it; `at_end` stands above the top.
    pub(super) fn descend<T: Copy>(&self, at_end: impl Fn(End) -> T, step: impl Fn(T, usize) -> T) -> Vec<T> {
        let mut values: Vec<Option<T>> = vec![None; self.parents.len()];
        for index in &self.order {
            let above = match self.parents.get(*index) {
                Some(Parent::Missing) => at_end(End::Broken),
                Some(Parent::At(parent)) => {
                    values.get(*parent).copied().flatten().unwrap_or_else(|| at_end(End::Whole))
                }
                Some(Parent::Root) | None => at_end(End::Whole),
            };
            if let Some(place) = values.get_mut(*index) {
                *place = Some(step(above, *index));
            }
        }
        values.into_iter().map(|value| value.unwrap_or_else(|| at_end(End::Broken))).collect()
    }

    fn sort(&mut self, spans: &[(&str, Option<&str>)]) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            OnPath(usize),
            Done,
        }
        let mut states = vec![State::New; spans.len()];
        for start in 0..spans.len() {
            let mut path: Vec<usize> = Vec::new();
            let mut at = Some(start);
            let mut cycle_from = None;
            while let Some(index) = at {
                match states.get(index).copied() {
                    Some(State::New) => {}
                    Some(State::OnPath(position)) => {
                        cycle_from = Some(position);
                        break;
                    }
                    _ => break,
                }
                if let Some(state) = states.get_mut(index) {
                    *state = State::OnPath(path.len());
                }
                path.push(index);
                at = self.parent(index);
            }
            for index in &path {
                if let Some(state) = states.get_mut(*index) {
                    *state = State::Done;
                }
            }
            let mut cycle = cycle_from.map(|position| path.split_off(position)).unwrap_or_default();
            // From child to parent so far. The same cycle begins at the same span, whichever was met first.
            cycle.reverse();
            let first = (0..cycle.len()).min_by_key(|place| cycle.get(*place).and_then(|index| spans.get(*index)));
            cycle.rotate_left(first.unwrap_or_default());
            self.order.extend(cycle.iter().chain(&cycle));
            self.tops.extend(cycle);
            self.order.extend(path.into_iter().rev());
        }
    }
}
