//! What a schedule must have come to, whatever went wrong in it.

use std::collections::BTreeSet;

use spanlift_fakes::Item;
use spanlift_importer::{Conclusion, LATE_IN_CALL};
use spanlift_model::{ImportJob, Span, Status, Truncation, names};
use worlds::compare::compare;
use worlds::generate::SYNTHESIS;
use worlds::oracle::Look;
use worlds::run::stored_ids;
use worlds::{Imported, job};

use crate::queue::RECEIVED_TOO_OFTEN;
use crate::run::{End, Executed, Ran};

/// What is wrong with a schedule, or why an import of it is not whole.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Imports.
    pub imports: u64,
    /// Imports of which everything is stored.
    pub whole: u64,
    /// Rows that are missing, or that nobody counted.
    pub lost: u64,
    /// Rows more than once.
    pub doubled: u64,
    /// Rows that are not the import's, or stored as something else than in one pass.
    pub foreign: u64,
    /// Imports that are not over and that nothing brings to their end.
    pub stuck: u64,
    /// Imports that are over or not, and that nobody would hear of.
    pub unheard: u64,
    /// Executions past their time.
    pub over_budget: u64,
    /// Each of these, in words.
    pub words: Vec<String>,
    /// Why imports are not whole, in words: that alone is nothing wrong.
    pub short: Vec<String>,
    /// What became of each import, as [`worlds::explain`] takes it.
    pub told: Vec<Imported>,
}

impl Judged {
    /// Nothing is wrong.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.lost + self.doubled + self.foreign + self.stuck + self.unheard + self.over_budget == 0
    }
}

/// No reading of so small a world needs more requests: one that asks for more goes in circles.
const MOST_REQUESTS: u64 = 400;

/// Judges a schedule.
#[must_use]
pub fn judge(ran: &Ran) -> Judged {
    let mut judged = Judged::default();
    budgets(ran, &mut judged);
    let calls = ran.plan.world.calls.iter().enumerate().filter(|(_, call)| call.event.is_some());
    let mut imports = BTreeSet::new();
    for (call, of) in calls {
        let job = job(ran.plan.provider, of);
        let id = job.import_id().to_string();
        judged.imports += 1;
        Import { ran, call, id: &id, job: &job, item: ran.items.get(&id) }.judge(&mut judged);
        imports.insert(id);
    }
    let is_of_none = |id: Option<&str>| id.is_none_or(|id| !imports.contains(id));
    let strange = ran.rows.iter().filter(|row| is_of_none(row.resource.get(names::resource::IMPORT_ID))).count();
    judged.say(strange, |judged| &mut judged.foreign, || "rows of no import".to_owned());
    judged
}

impl Judged {
    fn say(&mut self, count: usize, which: impl Fn(&mut Self) -> &mut u64, words: impl Fn() -> String) {
        if count > 0 {
            *which(self) += u64::try_from(count).unwrap_or(u64::MAX);
            self.words.push(format!("{count}: {}", words()));
        }
    }
}

fn budgets(ran: &Ran, judged: &mut Judged) {
    for one in &ran.executions {
        let took = one.ended.saturating_sub(one.began);
        let late = one.end == End::TimedOut || took > ran.function_timeout;
        let reads_late = one.last_request > ran.budget;
        let circles = one.requests > MOST_REQUESTS;
        let words = || {
            format!(
                "execution {} of pass {} took {:.1} s ({:?}), its last of {} requests after {:.1} s",
                one.owner,
                one.job.pass,
                took.as_secs_f64(),
                one.end,
                one.requests,
                one.last_request.as_secs_f64()
            )
        };
        judged.say(usize::from(late || reads_late || circles), |judged| &mut judged.over_budget, words);
    }
}

struct Import<'a> {
    ran: &'a Ran,
    call: usize,
    id: &'a str,
    job: &'a ImportJob,
    item: Option<&'a Item>,
}

impl Import<'_> {
    fn judge(&self, judged: &mut Judged) {
        let is_over = self.is_over(judged);
        let whole = self.rows(judged, is_over);
        if is_over && whole {
            judged.whole += 1;
            return;
        }
        let how = self.item.and_then(|item| item.conclusion.as_ref()).map(|conclusion| {
            let reason = conclusion.reason.unwrap_or("-");
            format!("{}/{reason}, {:?}", conclusion.status, conclusion.last_error)
        });
        judged.short.push(format!("call {} is not whole: over {is_over}, {how:?}", self.call));
    }

    /// Every import comes to an end, or somebody is told that it does not.
    fn is_over(&self, judged: &mut Judged) -> bool {
        let of_import = |job: &ImportJob| job.import_id() == self.job.import_id();
        let waits = self.ran.waiting.iter().any(of_import);
        // The tries have to end it: the bound of the queue is there for what nobody thought of.
        let goes_round = self.ran.dead.iter().any(|(job, reason)| of_import(job) && reason == RECEIVED_TOO_OFTEN);
        judged.say(
            usize::from(goes_round),
            |judged| &mut judged.stuck,
            || format!("call {} went round until its queue put it aside", self.call),
        );
        let is_dead = self.ran.dead.iter().any(|(job, _)| of_import(job));
        let name = || format!("call {}", self.call);
        let Some(item) = self.item else {
            judged.say(usize::from(!is_dead), |judged| &mut judged.unheard, || format!("{} left no trace", name()));
            return false;
        };
        let is_over = item.next.is_none() && item.status != Status::InProgress;
        if waits || (!is_over && !is_dead) {
            let words = || format!("{} is {:?}, next {:?}, waiting {waits}", name(), item.status, item.next);
            judged.say(1, |judged| &mut judged.stuck, words);
        }
        // The alarm on imports that are overdue sees those that have a next pass.
        let is_unheard = !is_over && !waits && !is_dead && item.next.is_none();
        judged.say(usize::from(is_unheard), |judged| &mut judged.unheard, || format!("{} has no message", name()));
        let is_silent = item.is_exhausted() && !is_dead;
        judged.say(
            usize::from(is_silent),
            |judged| &mut judged.unheard,
            || format!("{} failed after its tries without a dead letter", name()),
        );
        let announced = self.ran.outcomes.iter().any(|outcome| outcome.import_id == self.id && outcome.is_final);
        judged.say(
            usize::from(is_over && !announced),
            |judged| &mut judged.unheard,
            || format!("{} is over and its end was announced to nobody", name()),
        );
        is_over && !item.is_exhausted()
    }

    /// What is stored, against the oracle. True where nothing is missing.
    fn rows(&self, judged: &mut Judged, is_over: bool) -> bool {
        let (looks, last) = self.looks();
        let its = self.ran.rows.iter().filter(|row| self.is_its(row));
        let rows: Vec<_> = its.map(|row| (row.trace_id, row.span_id)).collect();
        let conclusion = self.item.and_then(|item| item.conclusion.clone());
        let import = Imported { call: self.call, looks, story: Vec::new(), rows, conclusion };
        judged.told.push(import.clone());
        let (_, difference) = compare(&self.ran.plan.world, &import);
        let spans = &self.ran.plan.world.spans;
        let names = |places: &BTreeSet<usize>| {
            let names: Vec<_> = places.iter().map(|place| spans[*place].name.as_str()).collect();
            format!("call {}: {}", self.call, names.join(" "))
        };
        judged.say(
            difference.foreign.len(),
            |judged| &mut judged.foreign,
            || format!("foreign of {}", names(&difference.foreign)),
        );
        judged.say(
            difference.unheard_of.len(),
            |judged| &mut judged.foreign,
            || format!("rows that the platform never held, call {}", self.call),
        );
        let doubled = import.rows.len() - import.rows.iter().collect::<BTreeSet<_>>().len();
        judged.say(doubled, |judged| &mut judged.doubled, || format!("rows twice, call {}", self.call));
        // What failed says so: only what is right is asked of it.
        let Some(conclusion) = &import.conclusion else { return false };
        let ended_well = is_over
            && conclusion.status != Status::Failed
            && (conclusion.status == Status::Superseded || conclusion.counts.is_some());
        let Some(last) = last.filter(|_| ended_well) else { return false };
        self.counts(judged, &import, conclusion);
        self.calls(judged, &import, conclusion);
        // What the faults of the last look cost has to be said.
        let is_out_of_time = last.slow_ways > 0 && conclusion.truncated == Some(Truncation::Budget);
        let is_excused = is_out_of_time || (import.says_so() && last.platform_faults > 0);
        let missing = difference.missing.len();
        if !is_excused {
            judged.say(missing, |judged| &mut judged.lost, || format!("lost of {}", names(&difference.missing)));
            let uncounted = if last.lag.is_zero() { difference.uncounted.len() } else { 0 };
            judged.say(
                uncounted,
                |judged| &mut judged.lost,
                || format!("left out and not counted, of {}", names(&difference.uncounted)),
            );
        }
        missing == 0
    }

    /// The looks that claimed, the one that had the last word at the end.
    fn looks(&self) -> (Vec<Look>, Option<&Executed>) {
        let its = self.ran.executions.iter().filter(|one| one.job.import_id() == self.job.import_id());
        let claimed: Vec<&Executed> = its.filter(|one| one.has_claimed).collect();
        let last_owner = self.item.and_then(Item::completed_by);
        let last = claimed.iter().copied().find(|one| Some(one.owner.as_str()) == last_owner);
        let others = claimed.iter().copied().filter(|one| Some(one.owner.as_str()) != last_owner);
        let look = |one: &Executed| Look {
            pass: one.job.pass,
            as_of: one.began.saturating_sub(one.lag),
            from: one.began,
            to: one.ended,
        };
        (others.chain(last).map(look).collect(), last)
    }

    /// The ledger says how many rows there are.
    fn counts(&self, judged: &mut Judged, import: &Imported, conclusion: &Conclusion) {
        let Some(counts) = &conclusion.counts else { return };
        let stored = u64::try_from(import.rows.len()).unwrap_or(u64::MAX);
        judged.say(
            usize::from(counts.stored != stored),
            |judged| &mut judged.lost,
            || format!("the ledger counts {} rows of call {}, and the store has {stored}", counts.stored, self.call),
        );
    }

    /// Two spans of one call are stored as one call, in whatever order they came. Where attempts share a trace, one of the
    /// two may be another's: then nothing is said.
    fn calls(&self, judged: &mut Judged, import: &Imported, conclusion: &Conclusion) {
        let world = &self.ran.plan.world;
        let place = |name: &str| world.spans.iter().find(|span| span.name == name);
        let (Some(outer), Some(inner)) = (place(SYNTHESIS.outer), place(SYNTHESIS.inner)) else { return };
        let ids = [outer, inner].map(|span| stored_ids(world.provider, &span.trace, &span.id));
        let Some(counts) = conclusion.counts.as_ref().filter(|_| ids.iter().all(|id| import.rows.contains(id))) else {
            return;
        };
        let late = counts.rejected.get(LATE_IN_CALL).copied().unwrap_or(0);
        let stands_for_it = |row: &&Span| ids.contains(&(row.trace_id, row.span_id)) && row.name == "tts";
        let its = self.ran.rows.iter().filter(|row| self.is_its(row));
        let named = its.filter(stands_for_it).count();
        judged.say(
            usize::from(named != 1 || late > 0),
            |judged| &mut judged.foreign,
            || format!("one synthesis of call {} is told as {named}, {late} of it late", self.call),
        );
    }

    fn is_its(&self, row: &Span) -> bool {
        row.resource.get(names::resource::IMPORT_ID) == Some(self.id)
    }
}
