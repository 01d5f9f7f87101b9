//! What matched traces have around the window, looked for without contents.
//!
//! What began long before the call tells whose the rest of its trace is. A trace that the walk told whole is asked for by its id
//! only where a look shows more of it.

use std::collections::HashSet;
use std::mem;
use std::time::Duration;

use futures_util::future::join;
use spanlift_importer::Query;
use spanlift_model::{PlatformError, Window};
use tokio::time::timeout;

use crate::fields::Nameless;
use crate::memory::LARGEST_PAGE;
use crate::query::{batches, filter};
use crate::row::Entry;

use super::super::reading_state::forget_told;
use super::super::{MOST_EARLY, early_window};
use super::asked::{Asked, texts};
use super::paging::Pager;
use super::walk::{End, SLIM, Step, Walk};
use super::{FIRST_PAGE, Reader};

/// A look beside the walk is not waited for longer: the same can be asked for by ids.
const PROBE_TIME: Duration = Duration::from_secs(3);

/// A look at some traces.
#[derive(Clone)]
pub(super) struct Look {
    pub(super) traces: Vec<String>,
    window: Window,
}

/// What a look brought.
pub(super) struct Looked {
    asked: Asked,
    /// What began long before the call.
    early: Vec<Entry>,
    /// The traces of which anything else begins outside the window.
    more: HashSet<String>,
}

/// What the hours around the window hold, of whatever trace: `None` where one small page does not tell it.
#[derive(Default)]
pub(super) struct Probed {
    before: Option<Looked>,
    after: Option<Looked>,
}

/// Looks at the hours around the window without asking for any trace, a page each. It takes no time where a walk goes on
/// meanwhile, and it saves asking for hundreds of traces where these hours are quiet.
pub(super) async fn probe(pager: &Pager<'_, '_>, query: &Query) -> Probed {
    let look = async |window: Option<Window>| {
        let mut looked = Looked::nothing();
        let Some(window) = window else { return Some(looked) };
        let mut walk = Walk::new(window, &SLIM, None, FIRST_PAGE);
        let mut pager = pager.another();
        let Ok(Ok(Step::Page(page))) = timeout(PROBE_TIME, pager.next(&mut walk)).await else { return None };
        let is_all = walk.rest().is_break() && page.nameless.is_empty();
        looked.take(page.rows, window, query.window);
        is_all.then_some(looked)
    };
    let (before, after) = join(look(Some(before(query))), look(after(query))).await;
    Probed { before, after }
}

/// Looks at traces: ids, parents, times and tags of their rows, of what began long before the call at most `room`.
pub(super) async fn look(
    mut pager: Pager<'_, '_>,
    look: &Look,
    call: Window,
    room: usize,
) -> Result<Looked, PlatformError> {
    let filter = filter(&texts(&look.traces));
    let mut walk = Walk::to_the_end(look.window, &SLIM, Some(&filter));
    let mut looked = Looked { asked: Asked::new(), ..Looked::nothing() };
    loop {
        let page = match pager.next(&mut walk).await? {
            Step::Page(page) => page,
            Step::End(end) => {
                looked.asked.end = Some(end);
                return Ok(looked);
            }
        };
        looked.asked.nameless.extend(page.nameless);
        looked.take(page.rows, look.window, call);
        if looked.early.len() > room {
            return Ok(looked);
        }
    }
}

/// From a day before the call until the window begins. Langfuse counts in milliseconds.
fn before(query: &Query) -> Window {
    let to = query.window.discovery().from.minus(Duration::from_millis(1));
    Window { to, ..early_window(query.window) }
}

/// From the window's end on; `None` while nothing can have begun after it yet.
fn after(query: &Query) -> Option<Window> {
    let from = query.window.discovery().to.plus(Duration::from_millis(1));
    (from <= query.now).then_some(Window { from, to: query.window.whole_trace().to })
}

impl Looked {
    fn nothing() -> Self {
        Self { asked: Asked::nothing(), early: Vec::new(), more: HashSet::new() }
    }

    /// Takes the rows of a look at `window`: servers are not trusted with that.
    fn take(&mut self, rows: Vec<Entry>, window: Window, call: Window) {
        let (seen, whole) = (call.discovery(), call.whole_trace());
        for entry in rows {
            match entry.started_at() {
                Some(at) if seen.contains(at) || !window.contains(at) => {}
                Some(at) if whole.contains(at) => _ = self.more.insert(entry.trace_id().to_owned()),
                _ => self.early.push(entry),
            }
        }
    }
}

impl Reader<'_, '_, '_> {
    /// Takes what was told of traces beside the walk that told them whole.
    pub(super) fn take_probed(&mut self, whole: &[String]) {
        let Probed { before, after } = &mut self.probed;
        let told = [before.as_mut(), after.as_mut()].into_iter().flatten();
        let told: Vec<(Vec<Entry>, HashSet<String>)> =
            told.map(|looked| (mem::take(&mut looked.early), mem::take(&mut looked.more))).collect();
        for (early, more) in told {
            self.keep_told(&texts(whole), early, &more);
        }
    }

    /// The looks that are to be made: at `missing` traces, which are read by their ids, long before the call; at `whole` ones
    /// everywhere around the window.
    pub(super) fn looks(&self, whole: &[String], missing: &[String]) -> Vec<Look> {
        let query = self.gathered.query;
        let at_before = if self.probed.before.is_some() { &[] } else { whole };
        let after = after(query).filter(|_| self.probed.after.is_none() && !whole.is_empty());
        let window = if at_before.is_empty() { early_window(query.window) } else { before(query) };
        let all = || missing.iter().chain(at_before);
        match after {
            // Rows that come twice cost less than one more request, as long as they fit into one page.
            Some(after) if !at_before.is_empty() && self.rows_of(all()) <= LARGEST_PAGE => {
                self.looks_at(all(), Window { to: after.to, ..window })
            }
            Some(after) => [self.looks_at(all(), window), self.looks_at(whole.iter(), after)].concat(),
            None => self.looks_at(all(), window),
        }
    }

    fn looks_at<'t>(&self, traces: impl Iterator<Item = &'t String>, window: Window) -> Vec<Look> {
        let batches = batches(traces.map(|trace| (1, trace.clone())), self.api.base_length(), usize::MAX);
        batches.into_iter().map(|traces| Look { traces, window }).collect()
    }

    /// Rows that the window was seen to hold of traces.
    pub(super) fn rows_of<'t>(&self, traces: impl Iterator<Item = &'t String>) -> usize {
        traces.filter_map(|trace| self.gathered.seen.trace(trace)).map(|seen| seen.rows).sum()
    }

    /// Keeps what a look at traces told. False when nothing more is to be read.
    pub(super) async fn keep_looked(&mut self, look: &Look, looked: Result<Looked, PlatformError>) -> bool {
        let traces = texts(&look.traces);
        let Ok(Looked { mut asked, early, more }) = looked else {
            self.gathered.leave(traces);
            return false;
        };
        self.keep_told(&traces, early, &more);
        if self.early_rows > MOST_EARLY {
            asked.end = None;
        }
        if self.gathered.kept.is_full() {
            return self.conclude(&traces, &Asked::new());
        }
        let is_whole = asked.is_whole();
        let is_over = matches!(asked.end, None | Some(End::TooLate));
        if is_whole || is_over || traces.len() == 1 {
            self.gathered.take_losses(&traces, &asked.nameless);
            if asked.end == Some(End::TooLate) {
                self.gathered.leave(traces);
                return false;
            }
            if !is_whole {
                self.gathered.name_partial(traces);
            }
            return true;
        }
        let told = asked.nameless.len();
        let mut others = Vec::new();
        for trace in &traces {
            if self.gathered.take_alone() {
                self.look_alone(trace, look.window, &mut asked.nameless).await;
            } else {
                self.gathered.name_partial([*trace]);
                others.push(*trace);
            }
        }
        self.gathered.take_unclaimed(&traces, &others, told, asked.nameless);
        true
    }

    /// Of these traces: what began long before the call is kept; one of which there is more is not whole.
    fn keep_told(&mut self, traces: &[&str], early: Vec<Entry>, more: &HashSet<String>) {
        let wanted: HashSet<&str> = traces.iter().copied().collect();
        self.early_rows += early.len();
        let early = early.into_iter().filter(|entry| wanted.contains(entry.trace_id()));
        early.for_each(|entry| self.gathered.keep(entry));
        self.whole.retain(|trace| !more.contains(trace));
    }

    async fn look_alone(&mut self, trace: &str, window: Window, nameless: &mut Vec<Nameless>) {
        let room = MOST_EARLY.saturating_sub(self.early_rows);
        let alone = Look { traces: vec![trace.to_owned()], window };
        let looked = look(self.pager.another(), &alone, self.gathered.query.window, room).await;
        if let Ok(looked) = &looked {
            forget_told(nameless, &looked.asked.nameless);
        }
        // One trace asks for nothing alone.
        Box::pin(self.keep_looked(&alone, looked)).await;
    }
}
