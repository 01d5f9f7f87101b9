use std::collections::BTreeMap;

use clickhouse::query::Query;
use clickhouse::{RowOwned, RowRead};
use spanlift_importer::PortError;
use spanlift_model::{Timestamp, Window};
use spanlift_trace_store::Reader;

use crate::custom::CustomAnswer;
use crate::rows::{
    ExplainRow, ExtentRow, FigureRow, KeyRow, OutlineRow, SourceRow, SpanRow, TextRow, ToolRow, TransitionRow,
};
use crate::text::judge_text;
use crate::{CustomMetric, Facts, JudgeText, Metrics, Source, Spans, Statement, Subject, TextLimits, Transitions};

/// Answers have at most so many rows. A run of 10,000 simulations has fewer figures.
const FIGURES: usize = 200_000;
/// Spans of one simulation that a summary looks at: five times what an import may hold.
const OUTLINES: usize = 100_000;
const KEYS: usize = 10_000;
const TRANSITIONS: usize = 10_000;
/// Characters of one value that a text for a judge is made of.
const LONGEST_VALUE: usize = 4_000;

/// Asks the trace store. `within` is between when and when spans may have begun: whoever knows the call's window gives that,
/// padded; else the last [`crate::LOOKBACK`] serves, since a first question finds when exactly there are rows.
#[derive(Clone, Debug)]
pub struct Insight {
    reader: Reader,
}

/// Values to bind, beside those that every statement has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values<'a> {
    limit: usize,
    attribute: &'a str,
    span_name: &'a str,
    is_duration: bool,
    cut: usize,
}

impl Insight {
    /// Over a store.
    #[must_use]
    pub const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// A simulation's spans with all that is stored of them, by their start, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn spans(&self, subject: &Subject, within: Window, limit: usize) -> Result<Spans, PortError> {
        let values = Values { limit: limit.saturating_add(1), ..Values::default() };
        let rows = self.rows::<SpanRow>(Statement::Spans, subject, within, values).await?;
        Ok(Spans::of(rows, limit))
    }

    /// What can be said of a simulation's spans without a value of any attribute.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn facts(&self, subject: &Subject, within: Window) -> Result<Facts, PortError> {
        let Some(within) = self.extent(subject, within).await? else {
            return Ok(Facts::of(subject, Vec::new(), Vec::new(), Vec::new(), OUTLINES));
        };
        let of = |limit| Values { limit, ..Values::default() };
        let outlines = self.ask::<OutlineRow>(Statement::Outline, subject, within, of(OUTLINES + 1)).await?;
        let keys = self.ask::<KeyRow>(Statement::Keys, subject, within, of(KEYS)).await?;
        let sources = self.sources(subject, within).await?;
        Ok(Facts::of(subject, outlines, keys, sources, OUTLINES))
    }

    /// A simulation's spans as a text of bounded size, for a judge that reads it beside the transcript.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn text(&self, subject: &Subject, within: Window, limits: TextLimits) -> Result<JudgeText, PortError> {
        let values = Values { limit: OUTLINES, cut: LONGEST_VALUE, ..Values::default() };
        let rows = self.rows::<TextRow>(Statement::Text, subject, within, values).await?;
        Ok(judge_text(&rows, limits))
    }

    /// The built-in metrics of a simulation, or of a run: of each of its simulations and of all of them together.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn metrics(&self, subject: &Subject, within: Window) -> Result<Metrics, PortError> {
        let Some(within) = self.extent(subject, within).await? else {
            return Ok(Metrics::of(subject, &[], &[], Vec::new()));
        };
        let values = Values { limit: FIGURES, ..Values::default() };
        let figures = self.ask::<FigureRow>(Statement::Metrics, subject, within, values.clone()).await?;
        let tools = self.ask::<ToolRow>(Statement::Tools, subject, within, values).await?;
        let sources = self.sources(subject, within).await?;
        let mut metrics = Metrics::of(subject, &figures, &tools, sources);
        metrics.is_truncated = figures.len() >= FIGURES || tools.len() >= FIGURES;
        Ok(metrics)
    }

    /// A custom metric of a simulation, or of a run: of each of its simulations and of all of them together.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn custom(
        &self,
        subject: &Subject,
        within: Window,
        metric: &CustomMetric,
    ) -> Result<CustomAnswer, PortError> {
        let values = Values {
            // The row of all simulations, and one more than are told.
            limit: FIGURES + 2,
            attribute: metric.attribute(),
            span_name: metric.span_name(),
            is_duration: metric.is_duration(),
            ..Values::default()
        };
        let Some(within) = self.extent(subject, within).await? else {
            return Ok(CustomAnswer::of(subject, metric, &[], Vec::new(), FIGURES));
        };
        let rows = self.ask::<FigureRow>(Statement::Custom, subject, within, values).await?;
        let sources = self.sources(subject, within).await?;
        Ok(CustomAnswer::of(subject, metric, &rows, sources, FIGURES))
    }

    /// Which span follows which, over a run's simulations (or in one simulation).
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn transitions(&self, subject: &Subject, within: Window) -> Result<Transitions, PortError> {
        let Some(within) = self.extent(subject, within).await? else {
            return Ok(Transitions::of(subject, Vec::new(), Vec::new(), TRANSITIONS));
        };
        let values = Values { limit: TRANSITIONS + 1, ..Values::default() };
        let rows = self.ask::<TransitionRow>(Statement::Transitions, subject, within, values).await?;
        let sources = self.sources(subject, within).await?;
        Ok(Transitions::of(subject, rows, sources, TRANSITIONS))
    }

    /// How the server would find a statement's rows: its plan, with the parts and granules that it reads. `overrides` are
    /// settings for this query.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn explain(
        &self,
        statement: Statement,
        subject: &Subject,
        within: Window,
        overrides: &[(&str, &str)],
    ) -> Result<String, PortError> {
        let sql = format!("EXPLAIN indexes = 1\n{}", statement.sql(&self.reader, &subject.scope));
        let lines = self
            .reader
            .ask::<ExplainRow>("plan of a question", &sql, |query| {
                overrides.iter().fold(
                    bind(query, subject, within, &Values { limit: 10, cut: 10, ..Values::default() }),
                    |query, (name, value)| query.with_setting(*name, *value),
                )
            })
            .await?;
        Ok(lines.into_iter().map(|line| line.explain + "\n").collect())
    }

    /// When there are rows, whatever attempt they are of; `None` if there are none.
    async fn extent(&self, subject: &Subject, within: Window) -> Result<Option<Window>, PortError> {
        let rows = self.ask::<ExtentRow>(Statement::Extent, subject, within, Values::default()).await?;
        let found = rows.into_iter().find(|row| row.rows > 0);
        Ok(found.map(|row| Window { from: Timestamp::from_nanos(row.first), to: Timestamp::from_nanos(row.last) }))
    }

    async fn sources(&self, subject: &Subject, within: Window) -> Result<Vec<Source>, PortError> {
        let values = Values { limit: FIGURES, ..Values::default() };
        let rows = self.ask::<SourceRow>(Statement::Sources, subject, within, values).await?;
        let mut sources: BTreeMap<(String, bool), Source> = BTreeMap::new();
        for row in rows {
            let key = (row.service.clone(), row.import.is_empty());
            sources.entry(key).or_insert_with(|| Source::new(&row)).add(&row);
        }
        Ok(sources.into_values().collect())
    }

    async fn rows<T: RowOwned + RowRead>(
        &self,
        statement: Statement,
        subject: &Subject,
        within: Window,
        values: Values<'_>,
    ) -> Result<Vec<T>, PortError> {
        match self.extent(subject, within).await? {
            Some(within) => self.ask(statement, subject, within, values).await,
            None => Ok(Vec::new()),
        }
    }

    async fn ask<T: RowOwned + RowRead>(
        &self,
        statement: Statement,
        subject: &Subject,
        within: Window,
        values: Values<'_>,
    ) -> Result<Vec<T>, PortError> {
        let sql = statement.sql(&self.reader, &subject.scope);
        self.reader.ask(statement.name(), &sql, |query| bind(query, subject, within, &values)).await
    }
}

/// Every value that a statement may have a place for: the server passes over those that it has none for.
fn bind(query: Query, subject: &Subject, within: Window, values: &Values<'_>) -> Query {
    query
        .param("organization", subject.organization_id.as_str())
        .param("scope", subject.scope.id())
        .param("service", subject.service.as_deref().unwrap_or_default())
        .param("from", within.from.nanos())
        .param("to", within.to.nanos())
        .param("limit", values.limit)
        .param("attribute", values.attribute)
        .param("span_name", values.span_name)
        .param("is_duration", u8::from(values.is_duration))
        .param("cut", values.cut)
}
