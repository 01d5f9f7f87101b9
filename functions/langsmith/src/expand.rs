//! Matched traces, read whole.

use std::collections::HashSet;
use std::ops::ControlFlow;

use spanlift_model::correlation::Outline;
use spanlift_model::{Truncation, Window};

use crate::filter;
use crate::head::{Head, Nameless};
use crate::paging::{Bounds, End, Fault, Walked};
use crate::plan::{Plan, TRACES_A_REQUEST};
use crate::query::{Fields, Order};
use crate::row::Row;

/// What reading some traces lost.
#[derive(Clone, Copy, Debug, Default)]
struct Loss {
    /// Rows without ids.
    nameless: u64,
    /// Places at which rows were never told.
    holes: u64,
    /// The same in what began long before the call.
    early_holes: u64,
    /// Why not all was read.
    cut: Option<Truncation>,
    /// What began long before the call was not read to its end.
    is_beginning_missing: bool,
}

impl Plan<'_, '_> {
    /// Reads traces whole, as far as time and caps allow. Those of which something may be missing are partial.
    pub(crate) async fn expand(&mut self, traces: &[&str]) -> Result<(), Fault> {
        let mut is_over = false;
        for batch in traces.chunks(TRACES_A_REQUEST) {
            if is_over {
                self.set_partial(batch);
                continue;
            }
            let loss = self.read_traces(batch).await?;
            self.gathered.cut = self.gathered.cut.or(loss.cut);
            is_over = loss.cut.is_some();
            if is_over || loss.is_beginning_missing {
                self.set_partial(batch);
            }
            if !is_over && loss.is_of_rows() {
                let cut = self.read_alone(batch, loss).await;
                self.gathered.cut = self.gathered.cut.or(cut);
                is_over = cut.is_some();
            }
        }
        Ok(())
    }

    /// A row was lost that any of the traces may own: each is asked for alone, which shows whose it is. Why not all of them were
    /// read, if so.
    async fn read_alone(&mut self, batch: &[&str], of_all: Loss) -> Option<Truncation> {
        let (mut is_found, mut cut) = (false, None);
        for trace in batch {
            let mut loss = match batch.len() {
                1 => Some(of_all),
                _ if self.alone_left == 0 || cut.is_some() => None,
                _ => {
                    self.alone_left -= 1;
                    self.read_traces(&[trace]).await.map_or_else(
                        |fault| {
                            // Nor would the next one come.
                            if matches!(&fault, Fault::Failed(error) if error.is_transient()) {
                                cut = Some(Truncation::Budget);
                            }
                            tracing::info!(?fault, "a trace was not read alone; it counts as partial");
                            None
                        },
                        Some,
                    )
                }
            };
            is_found |= loss.is_some_and(|loss| loss.is_of_rows());
            cut = cut.or(loss.and_then(|loss| loss.cut));
            if let Some(loss) = loss.as_mut().filter(|loss| loss.holes > 0) {
                self.read_heads(trace, loss).await;
            }
            if loss.is_none_or(Loss::is_any) {
                self.set_partial(&[trace]);
            }
            self.count(loss.unwrap_or_default());
        }
        if !is_found {
            if of_all.nameless > 0 {
                // Whose the row is was not found out: what the server told was of an older state, and clears no trace.
                self.set_partial(batch);
            }
            self.count(of_all);
        }
        cut
    }

    /// Reads what a request for these traces brings: all that is stored of them, and of what began long before the call as
    /// much as tells whose the rest is.
    async fn read_traces(&mut self, batch: &[&str]) -> Result<Loss, Fault> {
        let call = self.query.window;
        let (window, early_window) = (call.whole_trace(), call.before_whole_trace());
        let (ends_by, discovery) = (self.query.ends_by(), call.discovery());
        let filter = filter::in_traces(batch.iter().copied());
        // What the window holds of them may be here.
        let outside = self.is_window_here.then(|| filter::starts_outside(discovery));
        let whole_filter = filter::all([filter.clone()].into_iter().chain(outside));
        let whole = self.runs(whole_filter, window, Fields::Whole, Order::OldestFirst);
        let early = self.runs(Some(filter), early_window, Fields::Tags, Order::OldestFirst);
        let bounds = Bounds { until: self.query.read_until, pages: usize::MAX, is_trial: false };
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        let (gathered, project, query) = (&mut self.gathered, self.project, self.query);
        let is_wanted = |head: &Head, window: Window| {
            wanted.contains(head.trace_id.as_str())
                && head.is_in(project)
                && head.started_at.is_none_or(|at| window.contains(at))
        };

        let (mut nameless, mut early_nameless) = (0, 0);
        let keep = |head: Result<Head, Nameless>, row: &str| {
            let Ok(head) = head else {
                nameless += 1;
                return ControlFlow::Continue(());
            };
            if !is_wanted(&head, window) {
                return ControlFlow::Continue(());
            }
            if head.started_at.is_some_and(|at| discovery.contains(at)) {
                gathered.sightings.add(head.labels());
            }
            let is_kept = match Row::new(head.ended_by(ends_by), row) {
                Ok(row) => gathered.keep(row, query.most_bytes),
                Err(outline) => gathered.note(*outline, query.most_bytes),
            };
            if is_kept && gathered.len() <= query.most_spans {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let mut outlines: Vec<Outline> = Vec::new();
        let early_left = self.early_left;
        let keep_early = |head: Result<Head, Nameless>, _: &str| {
            match head {
                Err(Nameless) => early_nameless += 1,
                Ok(head) if !is_wanted(&head, early_window) => {}
                Ok(_) if outlines.len() == early_left => return ControlFlow::Break(()),
                Ok(head) => outlines.push(head.ended_by(ends_by).outline(Outline::BEFORE_CALL)),
            }
            ControlFlow::Continue(())
        };

        // What is too much where only tags are told is so where all is told.
        self.whole_limit = self.whole_limit.min(self.limit);
        let (told, told_early) = tokio::join!(
            self.api.walk(self.version, &whole, &mut self.whole_limit, bounds, keep),
            self.api.walk(self.version, &early, &mut self.limit, bounds, keep_early),
        );
        let told = told?;
        self.early_left -= outlines.len();
        let is_early_kept = outlines.into_iter().all(|outline| gathered.note(outline, query.most_bytes));
        let told_early = told_early.unwrap_or_else(|fault| {
            tracing::info!(?fault, "what began long before the call was not read; its traces count as partial");
            Walked { end: End::Enough, holes: 0 }
        });
        Ok(Loss {
            nameless: nameless + early_nameless,
            holes: told.holes,
            early_holes: told_early.holes,
            cut: told.cut().or(told_early.cut().filter(|_| told_early.end == End::Time)),
            is_beginning_missing: told_early.end != End::Whole || !is_early_kept,
        })
    }

    /// A row that is too large to be told may still be told without its payloads: then it stays in the tree, and the trace has
    /// no hole. Unless there are rows without ids, for one of them may be that row.
    async fn read_heads(&mut self, trace: &str, loss: &mut Loss) {
        let window = self.query.window.whole_trace();
        let heads = self.runs(Some(filter::in_traces([trace])), window, Fields::Tags, Order::OldestFirst);
        let bounds = Bounds { until: self.query.read_until, pages: usize::MAX, is_trial: false };
        let mut outlines: Vec<Outline> = Vec::new();
        let mut has_nameless = false;
        let (gathered, project, query) = (&self.gathered, self.project, self.query);
        let keep = |head: Result<Head, Nameless>, _: &str| {
            match head {
                Err(Nameless) => has_nameless = true,
                Ok(head) if head.trace_id == trace && head.is_in(project) && !gathered.holds(&head) => {
                    outlines.push(head.ended_by(query.ends_by()).outline("untold"));
                }
                Ok(_) => {}
            }
            if outlines.len() <= query.most_spans { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let walked = self.api.walk(self.version, &heads, &mut self.limit, bounds, keep).await;
        let is_whole = match walked {
            Ok(walked) => walked.end == End::Whole && walked.holes == 0 && !has_nameless,
            Err(fault) => {
                tracing::info!(
                    ?fault,
                    "rows that the server could not return were not found without their payloads either"
                );
                false
            }
        };
        let is_kept = outlines.into_iter().all(|outline| self.gathered.note(outline, query.most_bytes));
        if is_whole && is_kept {
            loss.holes = 0;
        }
    }

    fn set_partial(&mut self, traces: &[&str]) {
        self.gathered.partial_traces.extend(traces.iter().map(|trace| (*trace).to_owned()));
    }

    fn count(&mut self, loss: Loss) {
        self.gathered.rejected.add("no_id", loss.nameless);
        self.gathered.rejected.add("untold", loss.holes + loss.early_holes);
    }
}

impl Loss {
    const fn is_of_rows(&self) -> bool {
        self.nameless > 0 || self.holes > 0 || self.early_holes > 0
    }

    const fn is_any(self) -> bool {
        self.is_of_rows() || self.cut.is_some() || self.is_beginning_missing
    }
}
