//! The reading plan on one version of the API: find the traces that bear a tag of ours, read them whole, look on.
//!
//! A search on the server compares metadata as text and can't ask for every way in which a tag may be written (a number,
//! blanks around it). So a few pages of all runs in the window are looked at first. If they are the whole window, nothing is
//! left to look for. If not, a search finds what it can, and once that is read the walk through the window goes on.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use spanlift_importer::{Discovery, Mark, Query};
use spanlift_model::{Timestamp, TraceId, Truncation, Window};

use crate::api::Api;
use crate::filter;
use crate::head::{Head, Nameless};
use crate::paging::{Bounds, End, Fault, Walked};
use crate::query::{Fields, Order, RunsQuery, Version};
use crate::reading_state::Gathered;
use crate::seen::{Look, Seen};

/// Traces that one filter names.
pub(crate) const TRACES_A_REQUEST: usize = 50;
/// A search leaves out the traces that the walk has found, but no more than this many.
const MOST_LEFT_OUT: usize = 200;

/// Traces that are asked for alone in one reading, to see which of them has lost a row.
const MOST_ALONE: usize = 20;
/// Rows of what began long before the call that are read in one reading.
const MOST_EARLY: usize = 5_000;

/// One way through a reading.
pub(crate) struct Plan<'a, 'c> {
    pub(crate) api: &'a Api<'c>,
    pub(crate) query: &'a Query,
    pub(crate) project: &'a str,
    pub(crate) version: Version,
    /// The rows of a page that tells tags only, as far as the server is able.
    pub(crate) limit: usize,
    /// The same of a page that tells all of each run.
    pub(crate) whole_limit: usize,
    pub(crate) gathered: Gathered,
    /// What is left of [`MOST_ALONE`].
    pub(crate) alone_left: usize,
    /// What is left of [`MOST_EARLY`].
    pub(crate) early_left: usize,
    /// The traces that were found.
    pub(crate) found: BTreeSet<String>,
    /// Those that are here whole: they are not asked for by their ids.
    pub(crate) told: BTreeSet<String>,
    /// All that the window holds of what was found is here.
    pub(crate) is_window_here: bool,
    /// A part of the window was never told.
    has_holes: bool,
}

impl<'a, 'c> Plan<'a, 'c> {
    pub(crate) fn new(api: &'a Api<'c>, query: &'a Query, project: &'a str, version: Version) -> Self {
        Self {
            limit: version.usual_page(),
            whole_limit: version.usual_page(),
            gathered: Gathered::default(),
            alone_left: MOST_ALONE,
            early_left: MOST_EARLY,
            found: query.stored_traces.iter().map(TraceId::to_uuid).collect(),
            told: BTreeSet::new(),
            is_window_here: false,
            has_holes: false,
            api,
            query,
            project,
            version,
        }
    }

    pub(crate) async fn run(mut self) -> Result<Gathered, Fault> {
        let window = self.query.window.discovery();
        if self.query.newest.is_some() {
            return self.sample(window).await;
        }
        let resumed = self.query.resume.as_ref().filter(|mark| mark.api == self.version.as_str());
        let resumed = resumed.map(|mark| mark.seen_from).filter(|moment| window.contains(*moment));
        let mut unseen = Some(Window { to: resumed.unwrap_or(window.to), ..window });
        if resumed.is_none() {
            unseen = self.first_look(window).await?;
        }
        if unseen.is_some() || self.has_holes {
            self.search().await?;
        }
        self.expand_new().await?;
        if let Some(left) = unseen {
            unseen = self.look_on(left).await?;
        }
        if let (Some(seen_from), None) = (resumed, unseen) {
            // Runs that came since the last pass may have begun in what it saw.
            self.look_on(Window { from: seen_from, ..window }).await?;
        }
        let is_whole = unseen.is_none() && !self.has_holes;
        if !is_whole && self.found.is_empty() && !self.gathered.sightings.is_tagged() {
            self.sight_tags().await?;
        }
        self.expand_new().await?;
        self.conclude(unseen, resumed.is_some());
        Ok(self.gathered)
    }

    /// Looks at a few pages of the window: whole rows, or their tags where that is known or seen not to pay. What was not seen of
    /// it, if anything.
    async fn first_look(&mut self, window: Window) -> Result<Option<Window>, Fault> {
        let mut look = Look::default();
        if !self.api.memory.is_tags_first(&self.api.who, self.api.now()) {
            look = self.look_at_whole_rows(window).await?;
        }
        if look.is_end_seen {
            return Ok(None);
        }
        let left = Window { to: look.seen_from.unwrap_or(window.to), ..window };
        let pages = self.version.few_pages().saturating_sub(look.pages);
        self.look(left, pages, self.share(1.0 / 3.0)).await
    }

    /// Looks at the newest runs of the window only: a few pages.
    async fn sample(mut self, window: Window) -> Result<Gathered, Fault> {
        let unseen = self.look(window, self.version.few_pages(), self.query.read_until).await?;
        let is_whole = unseen.is_none() && !self.has_holes;
        self.gathered.discovery = if is_whole { Discovery::Whole } else { Discovery::Unfinished };
        self.gathered.is_one_look = true;
        Ok(self.gathered)
    }

    /// The moment at which such a share of the time that is left is over.
    pub(crate) fn share(&self, share: f64) -> Timestamp {
        let now = self.api.now();
        now.plus(self.query.read_until.since(now).mul_f64(share))
    }

    /// Looks at all runs of a window, newest first. What was not seen of it, if anything.
    async fn look(&mut self, window: Window, pages: usize, until: Timestamp) -> Result<Option<Window>, Fault> {
        let query = self.runs(None, window, Fields::Tags, Order::NewestFirst);
        let (walked, seen_from) = self.find(&query, Bounds { until, pages, is_trial: false }).await?;
        let seen_from = seen_from.unwrap_or(window.to);
        Ok((walked.end != End::Whole).then_some(Window { to: seen_from, ..window }))
    }

    /// The same as time allows. A failure costs no more than what it would have found, if something was found before.
    async fn look_on(&mut self, window: Window) -> Result<Option<Window>, Fault> {
        match self.look(window, self.version.many_pages(), self.share(2.0 / 3.0)).await {
            Err(fault) if !self.found.is_empty() => {
                tracing::info!(?fault, "the window was not looked through; what was found before stands");
                Ok(Some(window))
            }
            looked => looked,
        }
    }

    /// Asks the server for runs with a tag of ours. One that does not take such a query finds nothing.
    async fn search(&mut self) -> Result<(), Fault> {
        let roots_first: &[bool] = match self.version {
            Version::V2 => &[false],
            // A tag is usually inherited by everything below: roots first, so that 400 tagged runs are not four pages.
            Version::V1 => &[true, false],
        };
        for roots_only in roots_first {
            let known: Vec<&str> = self.found.iter().map(String::as_str).take(MOST_LEFT_OUT).collect();
            let not_known =
                known.chunks(TRACES_A_REQUEST).map(|some| filter::not(&filter::in_traces(some.iter().copied())));
            let filter = filter::all([filter::tagged(&self.query.hints)].into_iter().chain(not_known));
            let query = self.runs(filter, self.query.window.discovery(), Fields::Tags, Order::OldestFirst);
            let query = RunsQuery { roots_only: *roots_only, ..query };
            match self.find(&query, Bounds { until: self.share(0.5), pages: usize::MAX, is_trial: false }).await {
                Ok(_) => {}
                Err(Fault::NotTaken(problem)) => {
                    tracing::info!(version = ?self.version, ?problem, "the server does not search by tag");
                    return Ok(());
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Walks through what a query brings, and looks for tags of ours. With it comes the earliest start that was met.
    async fn find(&mut self, query: &RunsQuery, bounds: Bounds) -> Result<(Walked, Option<Timestamp>), Fault> {
        let mut seen = Seen {
            query: self.query,
            project: self.project,
            window: self.query.window.discovery(),
            gathered: &mut self.gathered,
            found: &mut self.found,
            earliest: None,
        };
        let take = |head: Result<Head, Nameless>, _: &str| {
            seen.note(head.as_ref());
            ControlFlow::Continue(())
        };
        let walked = self.api.walk(self.version, query, &mut self.limit, bounds, take).await?;
        let earliest = seen.earliest;
        self.has_holes |= walked.holes > 0;
        Ok((walked, earliest))
    }

    /// Reads the traces whole that were found since the last time.
    async fn expand_new(&mut self) -> Result<(), Fault> {
        let new: Vec<String> = self.found.difference(&self.gathered.traces).cloned().collect();
        self.gathered.traces.extend(new.iter().cloned());
        let new: Vec<&str> = new.iter().filter(|trace| !self.told.contains(*trace)).map(String::as_str).collect();
        self.expand(&new).await
    }

    /// Says how the traces were looked for, and where the next pass goes on.
    fn conclude(&mut self, unseen: Option<Window>, was_resumed: bool) {
        self.gathered.is_one_look = !was_resumed;
        let is_whole = unseen.is_none() && !self.has_holes;
        self.gathered.discovery = match (is_whole, self.found.is_empty()) {
            (true, _) => Discovery::Whole,
            (false, false) => Discovery::Searched,
            (false, true) => Discovery::Unfinished,
        };
        if let (Some(left), false) = (unseen, self.has_holes) {
            self.gathered.mark = Some(Mark { api: self.version.as_str().to_owned(), seen_from: left.to });
        }
        if self.gathered.discovery == Discovery::Unfinished {
            self.gathered.cut = self.gathered.cut.or(Some(Truncation::Budget));
        }
    }

    /// Nothing was found: whether something is tagged says why. It may even be a tag of ours that the search did not find.
    async fn sight_tags(&mut self) -> Result<(), Fault> {
        let window = self.query.window.discovery();
        let query = self.runs(Some(filter::with_a_key()), window, Fields::Tags, Order::NewestFirst);
        match self.find(&query, Bounds { until: self.query.read_until, pages: 1, is_trial: false }).await {
            Err(Fault::Failed(error)) => Err(error.into()),
            _ => Ok(()),
        }
    }

    pub(crate) fn runs(&self, filter: Option<String>, window: Window, fields: Fields, order: Order) -> RunsQuery {
        let order = self.version.order(order);
        RunsQuery {
            project: self.project.to_owned(),
            filter,
            trace_filter: None,
            window,
            roots_only: false,
            fields,
            order,
        }
    }
}
