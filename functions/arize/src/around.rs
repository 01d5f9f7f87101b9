//! What the hours around the window hold, of whatever trace: a small look beside a long walk. Where these hours are quiet, it saves
//! asking for hundreds of traces.

use std::collections::HashSet;
use std::time::Duration;

use spanlift_importer::Query;
use spanlift_model::Window;
use tokio::time::timeout;

use crate::api::Phoenix;
use crate::query::{Form, PageRequest};

/// Rows that a look asks for: Phoenix cannot leave fields out.
const ROWS: usize = 100;
/// A look is not waited for longer: the same can be asked for trace by trace.
const TIME: Duration = Duration::from_secs(3);

impl Phoenix<'_> {
    /// The traces of which something begins before the window, up to a day before the call, or after it; `None` where one small
    /// page each does not tell them.
    pub(crate) async fn traces_around(&self, project: &str, query: &Query) -> Option<HashSet<String>> {
        let (window, whole) = (query.window.discovery(), query.window.whole_trace());
        let before = Window { from: query.window.before_whole_trace().from, to: window.from };
        // What starts in the future has not been told yet.
        let after = (window.to < query.now).then_some(Window { from: window.to, to: whole.to });
        let after = async {
            match after {
                Some(after) => self.traces_in(project, after).await,
                None => Some(HashSet::new()),
            }
        };
        let (before, after) = tokio::join!(self.traces_in(project, before), after);
        let (mut traces, after) = (before?, after?);
        traces.extend(after);
        Some(traces)
    }

    async fn traces_in(&self, project: &str, window: Window) -> Option<HashSet<String>> {
        let request = PageRequest {
            project,
            form: Form::Plain,
            limit: ROWS,
            cursor: None,
            from: window.from,
            to: window.to,
            oldest_first: true,
            filters: &[],
        };
        let page = timeout(TIME, self.page(&request)).await.ok()?.ok()?;
        if page.next_cursor.is_some() {
            return None;
        }
        // A row without ids may be of any trace.
        page.rows().await.ok()?.iter().map(|row| row.ids().map(|(trace_id, _)| trace_id.to_owned())).collect()
    }
}
