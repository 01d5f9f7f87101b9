use spanlift_aws::{Entries, FanoutEntry, ImportEntry};
use spanlift_model::{Provider, Window};

/// How one attempt at a simulation stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttemptStatus {
    /// What fanout did with it.
    pub(crate) fanout: Option<FanoutEntry>,
    /// Its imports, by provider.
    pub(crate) imports: Vec<ImportEntry>,
    /// The providers that got a job: from fanout, or past it from us.
    pub(crate) sent_to: Vec<String>,
    /// The providers without a connection.
    pub(crate) not_connected: Vec<String>,
}

impl AttemptStatus {
    /// What the ledger says of one attempt.
    pub(crate) fn new(entries: Entries, attempt: u32) -> Self {
        let fanout = entries.fanouts.into_iter().find(|entry| entry.attempt == attempt);
        let imports = entries.imports.into_iter().filter(|entry| entry.attempt == attempt);
        let mut imports: Vec<_> = imports.collect();
        imports.sort_by(|one, other| one.provider.cmp(&other.provider));
        let named = |names: fn(&FanoutEntry) -> &Vec<String>| fanout.as_ref().map(names).cloned().unwrap_or_default();
        Self {
            sent_to: named(|entry| &entry.sent_to),
            not_connected: named(|entry| &entry.not_connected),
            fanout,
            imports,
        }
    }

    /// The same, after jobs went to these providers past fanout.
    pub(crate) fn past_fanout(self, sent_to: &[Provider], not_connected: &[Provider]) -> Self {
        let names = |providers: &[Provider]| providers.iter().map(ToString::to_string).collect();
        Self { sent_to: names(sent_to), not_connected: names(not_connected), ..self }
    }

    /// One provider's part of it, and none of fanout's word on others.
    pub(crate) fn only(mut self, provider: &str) -> Self {
        self.imports.retain(|entry| entry.provider == provider);
        self.sent_to.retain(|name| name == provider);
        self.not_connected.retain(|name| name == provider);
        self
    }

    pub(crate) fn import(&self, provider: &str) -> Option<&ImportEntry> {
        self.imports.iter().find(|entry| entry.provider == provider)
    }

    /// Those of `names` that have no entry of their own.
    pub(crate) fn untold<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a String> {
        names.iter().filter(|provider| self.import(provider).is_none())
    }

    /// The event's further hints. An import by a job alone, past fanout, holds them in its own item.
    pub(crate) fn hints(&self) -> Vec<String> {
        let of_fanout = self.fanout.as_ref().map(|entry| &entry.hints);
        let of_imports = self.imports.iter().map(|entry| &entry.hints);
        of_fanout.into_iter().chain(of_imports).find(|hints| !hints.is_empty()).cloned().unwrap_or_default()
    }

    /// When the call took place.
    pub(crate) fn window(&self) -> Option<Window> {
        let of_fanout = self.fanout.as_ref().map(|entry| (entry.started_at, entry.ended_at));
        let of_imports = self.imports.iter().map(|entry| (entry.started_at, entry.ended_at));
        of_fanout.into_iter().chain(of_imports).find_map(|ends| match ends {
            (Some(from), Some(to)) => Some(Window { from, to }),
            _ => None,
        })
    }
}
