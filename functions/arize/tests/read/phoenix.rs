//! The stand-in as these tests start it: with the project of the connection.

use stand_in_phoenix::{Scenario, Span, StandIn, Version};

use crate::reader::PROJECT;

/// Answers until the runtime ends.
pub(crate) async fn start(scenario: Scenario) -> StandIn {
    StandIn::start(scenario).await.unwrap()
}

/// A server of the newest version that holds these spans, in the order of insertion.
pub(crate) async fn start_holding(spans: impl IntoIterator<Item = Span>) -> StandIn {
    start(newest().holding(spans)).await
}

pub(crate) fn newest() -> Scenario {
    Scenario { projects: vec!["default".to_owned(), PROJECT.to_owned()], ..Scenario::default() }
}

pub(crate) fn of_version(major: u32, minor: u32) -> Scenario {
    Scenario { version: Version::new(major, minor, 1), ..newest() }
}

/// Goes on describing a scenario.
pub(crate) trait Describe {
    /// Small pages, so that a few spans make a long walk.
    fn with_pages_of(self, rows: usize) -> Self;
    fn holding(self, spans: impl IntoIterator<Item = Span>) -> Self;
}

impl Describe for Scenario {
    fn with_pages_of(mut self, rows: usize) -> Self {
        self.page_rows = rows;
        self
    }

    fn holding(mut self, spans: impl IntoIterator<Item = Span>) -> Self {
        self.spans.extend(spans);
        self
    }
}
