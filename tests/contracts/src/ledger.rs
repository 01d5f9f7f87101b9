//! What a ledger promises ([`spanlift_importer::ports::Ledger`]). Each contract takes a ledger that knows nothing yet.

use std::time::Duration;

use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Completed, Conclusion, Ending, LATE_IN_CALL, Mark, Outcome, PortError, Progress, Record};
use spanlift_model::{Counts, Habit, ImportJob, Rejected, SourceId, Status, Timestamp};

use crate::samples::{self, conclusion, forced, of_organization, of_provider};

/// How long a ledger remembers an import that nobody touches. The ledgers that are tried are made with it.
pub const LIFETIME: Duration = Duration::from_hours(90 * 24);

const LEASE: Duration = Duration::from_mins(1);

fn noon() -> Timestamp {
    seconds(0)
}

/// So many seconds after noon.
fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_795_176_000_000).plus(Duration::from_secs(seconds))
}

fn job() -> ImportJob {
    samples::job("sim-1 👋", 1, noon().minus(Duration::from_mins(6)))
}

fn claim<'a>(job: &'a ImportJob, owner: &'a str, now: Timestamp) -> Claim<'a> {
    Claim { job, owner, now, lease_until: now.plus(LEASE) }
}

/// The record of a claim that goes through.
async fn take(ledger: &impl Ledger, claim: Claim<'_>) -> Record {
    match ledger.claim(claim).await.unwrap() {
        Claimed::Ours(record) => record,
        other => panic!("{claim:?} is told {other:?}"),
    }
}

/// The record of a claim that comes too late or too early.
async fn look(ledger: &impl Ledger, claim: Claim<'_>) -> Record {
    match ledger.claim(claim).await.unwrap() {
        Claimed::Done(record) => record,
        other => panic!("{claim:?} is told {other:?}"),
    }
}

/// Claims and completes at once: a whole pass.
async fn pass(ledger: &impl Ledger, claim: Claim<'_>, conclusion: &Conclusion) -> Record {
    let record = take(ledger, claim).await;
    ledger.complete(claim, conclusion).await.unwrap();
    record
}

/// A live lease is broken by nobody, force included. When it is over the same pass is claimed again.
pub async fn a_lease_keeps_others_away(ledger: &impl Ledger) {
    let job = job();
    assert_eq!(ledger.claim(claim(&job, "1", noon())).await.unwrap(), Claimed::Ours(Record::first(noon())));
    for other in [job.clone(), forced(&job), job.later(1, noon())] {
        assert_eq!(ledger.claim(claim(&other, "2", seconds(59))).await.unwrap(), Claimed::Leased(seconds(60)));
    }
    let record = take(ledger, claim(&job, "2", seconds(60))).await;
    assert_eq!((record.first_claimed_at, record.due_since), (noon(), noon()));
    assert_eq!((record.status, record.next), (Some(Status::InProgress), Some((0, noon()))));
}

/// Whoever holds the lease and asks again is told that it is his; whoever completed and asks again, that it is done.
pub async fn a_lost_answer_is_asked_for_again(ledger: &impl Ledger) {
    let job = job();
    let mine = claim(&job, "1", noon());
    take(ledger, mine).await;
    let record = take(ledger, mine).await;
    assert_eq!((record.first_claimed_at, record.tries), (noon(), 1));
    let deferred = conclusion(Status::Deferred, Some((1, seconds(20))), seconds(5));
    for _ in 0..2 {
        ledger.complete(mine, &deferred).await.unwrap();
    }
    let next = job.later(1, seconds(20));
    let due = claim(&next, "2", seconds(20));
    take(ledger, due).await;
    // That holds as long as nobody else has completed, and then no longer.
    ledger.complete(mine, &deferred).await.unwrap();
    ledger.complete(due, &conclusion(Status::Empty, None, seconds(21))).await.unwrap();
    assert!(matches!(ledger.complete(mine, &deferred).await, Err(PortError::Fenced)));
    assert_eq!(look(ledger, claim(&job, "3", seconds(22))).await.status, Some(Status::Empty));
}

/// A completion by whoever does not hold the lease any more, or never did, changes nothing.
pub async fn only_the_owner_of_the_lease_completes(ledger: &impl Ledger) {
    let job = job();
    let imported = conclusion(Status::Imported, None, seconds(61));
    let nobody = claim(&job, "0", noon());
    assert!(matches!(ledger.complete(nobody, &imported).await, Err(PortError::Fenced)), "nothing is known yet");
    let mine = claim(&job, "1", noon());
    take(ledger, mine).await;
    let yours = claim(&job, "2", seconds(60));
    take(ledger, yours).await;
    assert!(matches!(ledger.complete(mine, &imported).await, Err(PortError::Fenced)), "under another's lease");
    ledger.complete(yours, &conclusion(Status::Empty, None, seconds(61))).await.unwrap();
    assert!(matches!(ledger.complete(mine, &imported).await, Err(PortError::Fenced)), "after another's completion");
    let record = look(ledger, claim(&job, "3", seconds(62))).await;
    assert_eq!((record.status, record.completed.unwrap().owner.as_str()), (Some(Status::Empty), "2"));
}

/// Of claims side by side one goes through.
pub async fn one_of_many_gets_the_lease(ledger: &impl Ledger) {
    let job = job();
    let owners: Vec<_> = (0..8).map(|owner| owner.to_string()).collect();
    let claims = owners.iter().map(|owner| ledger.claim(claim(&job, owner, noon())));
    let claimed = futures_util::future::join_all(claims).await;
    let ours = claimed.iter().filter(|claimed| matches!(claimed, Ok(Claimed::Ours(_)))).count();
    let leased = claimed.iter().filter(|claimed| matches!(claimed, Ok(Claimed::Leased(_)))).count();
    assert_eq!((ours, leased), (1, 7), "{claimed:?}");
}

/// A pass is claimed when it is due and not before; one that is done, and an import that has ended, never again. Who asks
/// is told how the last pass ended.
pub async fn a_pass_is_claimed_when_it_is_due(ledger: &impl Ledger) {
    let job = job();
    let imported = conclusion(Status::Imported, Some((2, seconds(300))), seconds(5));
    pass(ledger, claim(&job, "1", noon()), &imported).await;
    let completed = Completed { owner: "1".to_owned(), outcome: Outcome::new(&job, &imported, noon()) };
    let stands = Record {
        due_since: seconds(300),
        status: Some(Status::Imported),
        next: Some((2, seconds(300))),
        tries: 0,
        completed: Some(completed),
        ..Record::first(noon())
    };
    for early in [job.clone(), job.later(1, noon())] {
        assert_eq!(look(ledger, claim(&early, "2", seconds(301))).await, stands, "{early:?}");
    }
    let due = job.later(2, seconds(300));
    assert_eq!(look(ledger, claim(&due, "2", seconds(299))).await, stands);
    assert_eq!(take(ledger, claim(&due, "2", seconds(301))).await, Record { tries: 1, ..stands });
    // It dies, and is claimed again. How the last pass that was completed ended is known still.
    let again = claim(&due, "3", seconds(400));
    let record = pass(ledger, again, &conclusion(Status::Imported, None, seconds(401))).await;
    assert_eq!((record.status, record.next), (Some(Status::Imported), Some((2, seconds(301)))));
    assert_eq!((record.first_claimed_at, record.due_since), (noon(), seconds(300)));
    for late in [job.clone(), due.clone(), job.later(3, noon())] {
        let record = look(ledger, claim(&late, "4", seconds(500))).await;
        assert_eq!((record.status, record.next), (Some(Status::Imported), None));
        assert_eq!(record.completed.unwrap().owner, "3");
    }
}

/// Every claim is a try, killed or not. They count anew after every end but a transient failure.
pub async fn tries_are_counted_by_the_claim(ledger: &impl Ledger) {
    let job = job();
    take(ledger, claim(&job, "1", noon())).await;
    let rests = |ending, at| Conclusion { ending, ..conclusion(Status::Retrying, Some((0, at)), at) };
    let record = pass(ledger, claim(&job, "2", seconds(100)), &rests(Ending::Transient, seconds(110))).await;
    assert_eq!(record.tries, 2, "the first was killed");
    assert_eq!(look(ledger, claim(&job, "3", seconds(109))).await.tries, 2, "it rests");
    let record = pass(ledger, claim(&job, "3", seconds(110)), &rests(Ending::Ordinary, seconds(200))).await;
    assert_eq!((record.tries, record.status), (3, Some(Status::Retrying)));
    let record = take(ledger, claim(&job, "4", seconds(200))).await;
    assert_eq!((record.tries, record.is_exhausted), (1, false));
    // By the last one the import ends, and whoever asks is told so.
    let exhausted = Conclusion { ending: Ending::Exhausted, ..conclusion(Status::Failed, None, seconds(201)) };
    ledger.complete(claim(&job, "4", seconds(200)), &exhausted).await.unwrap();
    let record = look(ledger, claim(&job, "5", seconds(202))).await;
    assert_eq!((record.tries, record.is_exhausted, record.status), (0, true, Some(Status::Failed)));
}

/// By force an import that has ended starts over: passes and tries count from now, and it is known what it was.
pub async fn force_begins_a_final_import_anew(ledger: &impl Ledger) {
    let job = job();
    pass(ledger, claim(&job, "1", noon()), &conclusion(Status::Imported, None, seconds(5))).await;
    let again = forced(&job);
    let mine = claim(&again, "2", seconds(600));
    let record = take(ledger, mine).await;
    assert_eq!((record.first_claimed_at, record.due_since, record.tries), (seconds(600), seconds(600), 1));
    assert_eq!((record.status, record.next, record.is_beside), (Some(Status::Imported), None, false));
    let record = take(ledger, mine).await;
    assert_eq!((record.first_claimed_at, record.status), (seconds(600), Some(Status::Imported)), "a lost answer");
    // One that dies leaves a pass that is due, which needs no force.
    let record = take(ledger, claim(&job, "3", seconds(700))).await;
    assert_eq!((record.first_claimed_at, record.tries, record.next), (seconds(600), 2, Some((0, seconds(600)))));
}

/// Beside a pass that is due later a forced claim takes the lease and nothing else; of its failure only the error stays.
pub async fn a_forced_look_leaves_the_pass_that_is_due_as_it_is(ledger: &impl Ledger) {
    let job = job();
    let next = Some((2, seconds(300)));
    pass(ledger, claim(&job, "1", noon()), &conclusion(Status::Deferred, next, seconds(5))).await;
    let again = forced(&job);
    let beside = claim(&again, "2", seconds(10));
    let record = take(ledger, beside).await;
    assert_eq!((record.is_beside, record.next, record.status), (true, next, Some(Status::Deferred)));
    assert_eq!((record.first_claimed_at, record.due_since), (noon(), seconds(300)));
    assert!(take(ledger, beside).await.is_beside, "a lost answer");
    let failed = Conclusion { ending: Ending::ErrorOnly, ..conclusion(Status::Failed, None, seconds(11)) };
    ledger.complete(beside, &failed).await.unwrap();
    let record = look(ledger, claim(&job, "3", seconds(12))).await;
    assert_eq!((record.is_beside, record.next, record.status), (false, next, Some(Status::Deferred)));
    // One that dies leaves its lease and its try, and the pass is claimed when it is due.
    take(ledger, claim(&again, "4", seconds(100))).await;
    let record = take(ledger, claim(&job.later(2, seconds(300)), "5", seconds(301))).await;
    assert_eq!((record.is_beside, record.tries, record.due_since), (false, 2, seconds(300)));
    assert_eq!((record.first_claimed_at, record.status, record.next), (noon(), Some(Status::Deferred), next));
}

/// Where a pass was cut, and what it lost, is there for the next one; nothing of it is there for a new schedule.
pub async fn progress_and_losses_of_a_pass_are_there_for_the_next(ledger: &impl Ledger) {
    let job = job();
    let mark = Mark { api: "v2".to_owned(), seen_from: noon().minus(Duration::from_nanos(7)) };
    let progress = Some(Progress { mark, secret_version: "version-1".to_owned() });
    let next = Some((1, seconds(20)));
    let cut = Conclusion {
        counts: Some(Counts::default()),
        lost: Some(3),
        progress: progress.clone(),
        ..conclusion(Status::Deferred, next, seconds(5))
    };
    pass(ledger, claim(&job, "1", noon()), &cut).await;
    // A pass that came to nothing that could be counted leaves both alone.
    let due = job.later(1, seconds(20));
    let uncounted = conclusion(Status::Deferred, next, seconds(21));
    let record = pass(ledger, claim(&due, "2", seconds(20)), &uncounted).await;
    assert_eq!((&record.progress, record.lost), (&progress, Some(3)));
    let whole = Conclusion { counts: Some(Counts::default()), lost: Some(0), ..uncounted };
    let record = pass(ledger, claim(&due, "3", seconds(30)), &whole).await;
    assert_eq!((&record.progress, record.lost), (&progress, Some(3)));
    let last = Conclusion { next: None, due_since: None, ..cut };
    let record = pass(ledger, claim(&due, "4", seconds(40)), &last).await;
    assert_eq!((record.progress, record.lost), (None, Some(0)), "none were lost, which is not the same as unknown");
    let again = forced(&job);
    for (owner, at) in [("5", 600), ("6", 700)] {
        let record = take(ledger, claim(&again, owner, seconds(at))).await;
        assert_eq!((record.progress, record.lost.filter(|lost| *lost > 0)), (None, None), "{owner}");
    }
}

/// Bytes add up over the passes; what came too late is as the last pass that counted said.
pub async fn what_was_counted_stays_until_it_is_counted_again(ledger: &impl Ledger) {
    let job = job();
    let next = Some((0, seconds(5)));
    let counted = |inserted_bytes, late| Conclusion {
        counts: Some(Counts {
            inserted_bytes,
            rejected: Rejected::from([(LATE_IN_CALL, late), ("no_id", 9)]),
            ..Counts::default()
        }),
        ..conclusion(Status::Imported, next, seconds(5))
    };
    let passes = [
        (counted(100, 2), (0, 0)),
        (conclusion(Status::Retrying, next, seconds(5)), (100, 2)),
        (counted(20, 3), (100, 2)),
        (counted(0, 0), (120, 3)),
    ];
    for (number, (conclusion, before)) in (1..).zip(&passes) {
        let owner = number.to_string();
        let record = pass(ledger, claim(&job, &owner, seconds(10 * number)), conclusion).await;
        assert_eq!((record.inserted_bytes, record.late_in_call), *before, "pass {number}");
    }
    let record = take(ledger, claim(&job, "last", seconds(60))).await;
    assert_eq!((record.inserted_bytes, record.late_in_call), (120, 0));
}

/// Whatever is finer than a millisecond is cut, the same for whoever asks: an insert's token holds when its schedule began.
pub async fn times_count_to_the_millisecond(ledger: &impl Ledger) {
    let job = job();
    let later = |at: Timestamp| at.plus(Duration::from_nanos(700_001));
    let record = take(ledger, claim(&job, "1", later(noon()))).await;
    assert_eq!((record.first_claimed_at, record.due_since), (noon(), noon()));
    assert_eq!(ledger.claim(claim(&job, "2", seconds(1))).await.unwrap(), Claimed::Leased(seconds(60)));
    let mine = claim(&job, "2", seconds(60));
    let record = take(ledger, mine).await;
    assert_eq!((record.first_claimed_at, record.due_since), (noon(), noon()));
    let next = Some((1, later(seconds(300))));
    ledger.complete(mine, &conclusion(Status::Deferred, next, seconds(61))).await.unwrap();
    let due = job.later(1, later(seconds(300)));
    let record = take(ledger, claim(&due, "3", seconds(300))).await;
    assert_eq!((record.next, record.due_since), (Some((1, seconds(300))), seconds(300)));
    ledger.complete(claim(&due, "3", seconds(300)), &conclusion(Status::Empty, None, seconds(301))).await.unwrap();
    let again = forced(&job);
    let record = take(ledger, claim(&again, "4", later(seconds(600)))).await;
    assert_eq!((record.first_claimed_at, record.due_since), (seconds(600), seconds(600)));
}

/// Nothing is known any more of an import that nobody touched for [`LIFETIME`].
pub async fn an_import_whose_time_is_over_is_a_new_one(ledger: &impl Ledger) {
    let job = job();
    let old = claim(&job, "1", noon().minus(LIFETIME));
    pass(ledger, old, &conclusion(Status::Failed, None, old.now.plus(Duration::from_secs(1)))).await;
    let record = look(ledger, claim(&job, "2", noon())).await;
    assert_eq!(record.status, Some(Status::Failed), "a second is left");
    assert_eq!(ledger.attempts(&job, noon()).await.unwrap().len(), 1);
    assert_eq!(ledger.attempts(&job, seconds(1)).await.unwrap(), []);
    assert_eq!(ledger.claim(claim(&job, "2", seconds(1))).await.unwrap(), Claimed::Ours(Record::first(seconds(1))));
    assert!(matches!(ledger.claim(claim(&job, "3", seconds(2))).await.unwrap(), Claimed::Leased(_)));
    let record = take(ledger, claim(&job, "3", seconds(61))).await;
    assert_eq!((record.completed, record.tries), (None, 2), "nothing is left of the old one");
}

/// It says what a claim that comes too early is told, and leaves the lease, the tries and the pass that is due as they are.
pub async fn a_record_is_read_without_a_claim(ledger: &impl Ledger) {
    let job = job();
    assert_eq!(ledger.record(&job, noon()).await.unwrap(), None);
    let counts = Counts { inserted_bytes: 100, rejected: Rejected::from([(LATE_IN_CALL, 2)]), ..Counts::default() };
    let mark = Mark { api: "v2".to_owned(), seen_from: noon().minus(Duration::from_nanos(7)) };
    let cut = Conclusion {
        counts: Some(counts),
        lost: Some(3),
        progress: Some(Progress { mark, secret_version: "version-1".to_owned() }),
        ..conclusion(Status::Imported, Some((1, seconds(20))), seconds(5))
    };
    pass(ledger, claim(&job, "1", noon()), &cut).await;
    let read = ledger.record(&job, seconds(6)).await.unwrap().unwrap();
    assert_eq!(read, look(ledger, claim(&job, "2", seconds(6))).await);
    assert_eq!((read.inserted_bytes, read.late_in_call, read.lost), (100, 2, Some(3)));
    assert_eq!(read.progress, cut.progress);
    for other in [of_organization(&job, "org-2"), of_provider(&job, "arize"), samples::job("sim-2", 1, noon())] {
        assert_eq!(ledger.record(&other, seconds(6)).await.unwrap(), None);
    }
    // Beside a live lease it is read, too, and the lease stays.
    let due = job.later(1, seconds(20));
    take(ledger, claim(&due, "3", seconds(20))).await;
    let read = ledger.record(&job, seconds(21)).await.unwrap().unwrap();
    assert_eq!((read.status, read.inserted_bytes, read.tries), (Some(Status::Imported), 100, 1));
    assert_eq!(ledger.claim(claim(&due, "4", seconds(22))).await.unwrap(), Claimed::Leased(seconds(80)));
    assert_eq!(ledger.record(&job, seconds(30).plus(LIFETIME)).await.unwrap(), None, "its time is over");
}

/// Those of other simulations, and of other organizations, are not among them.
pub async fn attempts_are_those_of_one_simulation(ledger: &impl Ledger) {
    let first = job();
    assert_eq!(ledger.attempts(&first, noon()).await.unwrap(), []);
    let second = samples::job("sim-1 👋", 2, noon());
    let others = [of_organization(&samples::job("sim-1 👋", 3, noon()), "org-2"), samples::job("sim-2", 4, noon())];
    for known in [&first, &second, &others[0], &others[1]] {
        take(ledger, claim(known, "1", noon())).await;
    }
    // Whichever provider's import wrote of it.
    let third = of_provider(&samples::job("sim-1 👋", 5, seconds(600)), "arize");
    take(ledger, claim(&third, "1", noon())).await;
    let mut attempts = ledger.attempts(&second, noon()).await.unwrap();
    attempts.sort_by_key(|attempt| attempt.number);
    assert_eq!(attempts, [first, second, third].map(|job| job.event.this_attempt()));
}

/// A source that was tagged once stays so; what is known of one says nothing of another.
pub async fn what_a_source_has_shown_itself_to_be_is_remembered(ledger: &impl Ledger) {
    let job = job();
    let source = SourceId::new("https://a.example pk");
    let others = [
        (job.clone(), SourceId::new("https://b.example pk")),
        (of_organization(&job, "org-2"), source),
        (of_provider(&job, "arize"), source),
    ];
    assert_eq!(ledger.habit(&job.event.organization_id, &job.provider, source).await.unwrap(), None);
    for (learned, known) in
        [(Habit::Untagged, Habit::Untagged), (Habit::Tagged, Habit::Tagged), (Habit::Untagged, Habit::Tagged)]
    {
        ledger.learn(&job.event.organization_id, &job.provider, source, learned).await.unwrap();
        assert_eq!(ledger.habit(&job.event.organization_id, &job.provider, source).await.unwrap(), Some(known));
    }
    for (job, source) in &others {
        assert_eq!(
            ledger.habit(&job.event.organization_id, &job.provider, *source).await.unwrap(),
            None,
            "{job:?} {source:?}"
        );
    }
}
