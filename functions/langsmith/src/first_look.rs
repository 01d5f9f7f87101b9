//! The first look: the newest rows of the window, whole, and beside them what begins outside of the window in traces that begin
//! in it. For a call that is most of its window this is all there is to ask for
//! (`docs/adr/0050-langsmith-whole-rows-at-once.md`).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use spanlift_importer::Query;
use spanlift_model::Window;

use crate::api::{Answer, Api, Effort};
use crate::filter;
use crate::head::{Head, Nameless};
use crate::page::Page;
use crate::paging::{Bounds, End, Fault, Taker};
use crate::plan::Plan;
use crate::query::{Fields, Order, RunsQuery, Version};
use crate::row::Row;
use crate::seen::{Look, Seen};

/// Rows that begin outside of the window: more than a call has, and few enough for v1.
const ROWS_AROUND: usize = 100;

/// Why the first look ended without rows that are worth keeping.
enum Ended {
    Vain(Look),
    Fault(Fault),
}

impl Plan<'_, '_> {
    /// Reads whole rows of the window, as long as most of them may be ours. Where it comes to the window's end, the rows of the
    /// traces that were found are kept, and [`Plan::told`] names those that are whole.
    pub(crate) async fn look_at_whole_rows(&mut self, window: Window) -> Result<Look, Fault> {
        let asked = self.runs(None, window, Fields::Whole, Order::NewestFirst);
        let bounds = Bounds { until: self.share(1.0 / 3.0), pages: self.version.few_pages(), is_trial: true };
        let around =
            traces_around(self.api, self.version, self.query, self.project, self.version.order(Order::NewestFirst));
        let seen = Seen {
            query: self.query,
            project: self.project,
            window,
            gathered: &mut self.gathered,
            found: &mut self.found,
            earliest: None,
        };
        let mut taken = Taken { seen, rows: Rows::default(), look: Look::default(), has_nameless: false };
        let (api, version, limit) = (self.api, self.version, &mut self.whole_limit);
        let walk = async {
            let walked = api.walk(version, &asked, limit, bounds, &mut taken).await.map_err(Ended::Fault)?;
            let Taken { rows, look, has_nameless, .. } = taken;
            if walked.end == End::Whole && !has_nameless { Ok((look, rows)) } else { Err(Ended::Vain(look)) }
        };
        // Where the walk was in vain, nothing else is waited for.
        let looked = tokio::try_join!(walk, async { Ok(around.await) });
        let (look, rows, around) = match looked {
            Ok(((look, rows), around)) => (look, rows, around),
            Err(Ended::Vain(look)) => {
                self.gathered.retain(&BTreeSet::new());
                self.api.memory.set_tags_first(&self.api.who, self.api.now());
                return Ok(look);
            }
            Err(Ended::Fault(fault)) => return Err(fault),
        };
        self.gathered.retain(&self.found);
        self.is_window_here = true;
        if let Some(around) = around {
            self.told = self.gathered.rooted_in_ours(&self.query.hints);
            self.told.retain(|trace| !around.contains(trace));
        }
        let has_paid = rows.is_mostly(|trace| self.found.contains(trace)) && self.found.is_subset(&self.told);
        if !(has_paid || rows.is_empty()) {
            self.api.memory.set_tags_first(&self.api.who, self.api.now());
        }
        Ok(look)
    }
}

/// The traces of which something begins outside of the window though their root begins in it: from a day before the call to an
/// hour after the window. `None` where one small page does not tell them.
async fn traces_around(
    api: &Api<'_>,
    version: Version,
    query: &Query,
    project: &str,
    order: Order,
) -> Option<HashSet<String>> {
    let call = query.window;
    let asked = RunsQuery {
        project: project.to_owned(),
        filter: Some(filter::starts_outside(call.discovery())),
        trace_filter: Some(filter::starts_within(call.discovery())),
        window: Window { from: call.before_whole_trace().from, to: call.whole_trace().to },
        roots_only: false,
        fields: Fields::Tags,
        order,
    };
    let answer = api.page(version, &asked, ROWS_AROUND, None, Effort::Trial).await.ok()?;
    let Answer::Page(answer) = answer else { return None };
    let page = Page::read(&answer, version, ROWS_AROUND).ok().filter(|page| page.next_cursor.is_none())?;
    // A row without ids may be of any trace.
    page.rows.into_iter().map(|row| Head::read(row).ok().map(|head| head.trace_id)).collect()
}

/// Takes whole rows of whatever trace: one may match by its last row.
struct Taken<'a> {
    seen: Seen<'a>,
    rows: Rows,
    look: Look,
    has_nameless: bool,
}

impl Taker for &mut Taken<'_> {
    fn page(&mut self, heads: &[Result<Head, Nameless>], is_last: bool) -> ControlFlow<()> {
        for head in heads {
            self.seen.note(head.as_ref());
            match head {
                Ok(head) if self.seen.is_of_call(head) => self.rows.add(head),
                Ok(_) => {}
                Err(Nameless) => self.has_nameless = true,
            }
        }
        self.look.pages += 1;
        (self.look.is_end_seen, self.look.seen_from) = (is_last, self.seen.earliest);
        let found = &self.seen.found;
        let is_worth_it = is_last || self.rows.is_mostly(|trace| found.contains(trace) || self.rows.may_be_ours(trace));
        if is_worth_it { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn row(&mut self, head: Result<Head, Nameless>, json: &str) -> ControlFlow<()> {
        let Ok(head) = head else { return ControlFlow::Continue(()) };
        if !self.seen.is_of_call(&head) || self.look.is_end_seen && !self.seen.found.contains(&head.trace_id) {
            return ControlFlow::Continue(());
        }
        let (gathered, query) = (&mut *self.seen.gathered, self.seen.query);
        let is_kept = match Row::new(head.ended_by(query.ends_by()), json) {
            Ok(row) => gathered.keep(row, query.most_bytes),
            Err(outline) => gathered.note(*outline, query.most_bytes),
        };
        if is_kept && gathered.len() <= query.most_spans { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// How many rows each trace has in the window.
#[derive(Default)]
struct Rows {
    of_trace: HashMap<String, usize>,
    /// Those with a tag, and those whose root was told.
    decided: HashSet<String>,
}

impl Rows {
    fn add(&mut self, head: &Head) {
        *self.of_trace.entry(head.trace_id.clone()).or_default() += 1;
        if !head.labels().is_empty() || head.id == head.trace_id {
            self.decided.insert(head.trace_id.clone());
        }
    }

    fn is_empty(&self) -> bool {
        self.of_trace.is_empty()
    }

    /// A root, and a tag with it, comes last.
    fn may_be_ours(&self, trace: &str) -> bool {
        !self.decided.contains(trace)
    }

    /// Are more than half of the rows of such traces?
    fn is_mostly(&self, is_such: impl Fn(&str) -> bool) -> bool {
        let of_such = self.of_trace.iter().filter(|(trace, _)| is_such(trace));
        of_such.map(|(_, rows)| rows).sum::<usize>() * 2 > self.of_trace.values().sum()
    }
}
