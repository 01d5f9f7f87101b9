//! The runs, with what the server works out of them: traces, ancestors, `dotted_order`.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value};
use spanlift_model::{Timestamp, canonical_text};

use crate::scenario::{Run, Scenario};

/// Every run of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Store {
    runs: Vec<Stored>,
}

/// A run as the server knows it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) run: Run,
    pub(crate) tenant_id: String,
    pub(crate) project_id: String,
    pub(crate) trace_id: String,
    /// From the root to the parent.
    pub(crate) ancestors: Vec<String>,
    pub(crate) dotted_order: String,
}

/// A run as it is known at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) stored: &'a Stored,
    pub(crate) is_pending: bool,
}

/// All that a tenant's queries find at some moment.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) runs: Vec<Seen<'a>>,
    by_id: HashMap<&'a str, usize>,
}

impl Store {
    /// Takes the runs out of a scenario.
    pub(crate) fn new(scenario: &mut Scenario) -> Self {
        let mut runs = Vec::new();
        for tenant in &mut scenario.tenants {
            let mut of_tenant: Vec<(String, Run)> = Vec::new();
            for project in &mut tenant.projects {
                let taken = std::mem::take(&mut project.runs).into_iter();
                of_tenant.extend(taken.map(|run| (project.id.clone(), run)));
            }
            let index: HashMap<String, (Option<String>, Timestamp)> = of_tenant
                .iter()
                .map(|(_, run)| (run.id.clone(), (run.parent_run_id.clone(), run.start_time)))
                .collect();
            for (project_id, run) in of_tenant {
                runs.push(Stored::new(run, project_id, tenant.id.clone(), &index));
            }
        }
        Self { runs }
    }

    /// What a tenant's queries find so long after the scenario was set.
    pub(crate) fn seen_by(&self, tenant_id: &str, elapsed: Duration) -> View<'_> {
        let elapsed = elapsed.as_secs_f64();
        let runs: Vec<Seen<'_>> = self
            .runs
            .iter()
            .filter(|stored| stored.tenant_id == tenant_id && stored.run.arrives_after <= elapsed)
            .filter(|stored| stored.run.deleted_after.is_none_or(|deleted| elapsed < deleted))
            .map(|stored| Seen { stored, is_pending: stored.run.end_time.is_none() || stored.run.ends_after > elapsed })
            .collect();
        let by_id = runs.iter().enumerate().map(|(index, seen)| (seen.stored.run.id.as_str(), index)).collect();
        View { runs, by_id }
    }

    /// An offloaded payload, by the token in its address.
    pub(crate) fn payload(&self, token: &str) -> Option<&Value> {
        let (id, which) = token.split_once('.')?;
        let stored = self.runs.iter().find(|stored| stored.run.id == id && stored.run.is_offloaded)?;
        match which {
            "inputs" => Some(&stored.run.inputs),
            "outputs" => Some(&stored.run.outputs),
            _ => None,
        }
    }
}

impl Stored {
    fn new(
        run: Run,
        project_id: String,
        tenant_id: String,
        index: &HashMap<String, (Option<String>, Timestamp)>,
    ) -> Self {
        let mut ancestors = Vec::new();
        let mut seen = HashSet::from([run.id.clone()]);
        let mut above = run.parent_run_id.clone();
        while let Some(id) = above {
            if !seen.insert(id.clone()) {
                break;
            }
            above = index.get(&id).and_then(|(parent, _)| parent.clone());
            ancestors.push(id);
        }
        ancestors.reverse();
        let root = ancestors.first().cloned().unwrap_or_else(|| run.id.clone());
        let segment = |id: &str, start: Timestamp| {
            let digits: String =
                start.to_micros_text().chars().filter(|part| !matches!(part, '-' | ':' | '.')).collect();
            format!("{digits}{id}")
        };
        let start_of = |id: &String| index.get(id).map_or(run.start_time, |(_, start)| *start);
        let mut segments: Vec<String> = ancestors.iter().map(|id| segment(id, start_of(id))).collect();
        segments.push(segment(&run.id, run.start_time));
        Self {
            trace_id: run.trace_id.clone().unwrap_or(root),
            dotted_order: segments.join("."),
            run,
            tenant_id,
            project_id,
            ancestors,
        }
    }

    /// The run's metadata: its entries, and those of objects one level below (docs/platforms/langsmith.md#44-filters).
    pub(crate) fn metadata(&self) -> Vec<(String, String)> {
        let Some(Value::Object(metadata)) = self.run.extra.get("metadata") else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (key, value) in metadata {
            entries.extend(text_of(value).map(|text| (key.clone(), text)));
            if let Value::Object(inner) = value {
                let below = |(name, value): (&String, &Value)| Some((format!("{key}.{name}"), text_of(value)?));
                entries.extend(inner.iter().filter_map(below));
            }
        }
        entries
    }

    /// Metadata `session_id`, `thread_id` or `conversation_id`.
    pub(crate) fn thread_id(&self) -> Option<String> {
        let metadata = self.metadata();
        ["session_id", "thread_id", "conversation_id"]
            .iter()
            .find_map(|key| metadata.iter().find(|(known, _)| known == key))
            .map(|(_, value)| value.clone())
    }

    pub(crate) fn metadata_object(&self) -> Map<String, Value> {
        match self.run.extra.get("metadata") {
            Some(Value::Object(metadata)) => metadata.clone(),
            _ => Map::new(),
        }
    }
}

impl Seen<'_> {
    pub(crate) fn is_root(&self) -> bool {
        self.stored.run.parent_run_id.is_none()
    }

    pub(crate) fn end_time(&self) -> Option<Timestamp> {
        self.stored.run.end_time.filter(|_| !self.is_pending)
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.stored.run.error.as_deref().filter(|_| !self.is_pending)
    }

    pub(crate) fn outputs(&self) -> &Value {
        if self.is_pending { &Value::Null } else { &self.stored.run.outputs }
    }

    pub(crate) fn status(&self) -> &str {
        match (&self.stored.run.status, self.is_pending, self.error()) {
            (_, true, _) => "pending",
            (Some(status), false, _) => status,
            (None, false, Some(_)) => "error",
            (None, false, None) => "success",
        }
    }
}

impl<'a> View<'a> {
    pub(crate) fn get(&self, id: &str) -> Option<Seen<'a>> {
        self.runs.get(*self.by_id.get(id)?).copied()
    }

    /// For each run the sum over itself and what is below it: v1 counts so (docs/platforms/langsmith.md#51-row-of-v1).
    pub(crate) fn rolled_up<T: Copy>(
        &self,
        own: impl Fn(&Seen<'a>) -> T,
        add: impl Fn(T, T) -> T,
    ) -> HashMap<&'a str, T> {
        let mut sums: HashMap<&str, T> = HashMap::new();
        for seen in &self.runs {
            let value = own(seen);
            let ancestors = seen.stored.ancestors.iter().map(String::as_str);
            for id in ancestors.chain([seen.stored.run.id.as_str()]) {
                sums.entry(id).and_modify(|sum| *sum = add(*sum, value)).or_insert(value);
            }
        }
        sums
    }
}

/// A scalar as text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    canonical_text(&value.clone().into())
}
