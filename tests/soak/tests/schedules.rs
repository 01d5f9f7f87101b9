//! Five hundred schedules a provider, and that a schedule is always the same. `make soak` runs more; `make guards` shows that
//! each guard is needed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};

use soak::{Plan, Tally, judge, run};
use worlds::world::Provider;

const SCHEDULES: u64 = 500;
/// Schedules that are played twice.
const SAME: u64 = 8;

#[test]
fn whatever_goes_wrong_nothing_is_lost_doubled_foreign_stuck_or_unheard_of() {
    let next = AtomicU64::new(0);
    let done = Mutex::new((Tally::default(), Vec::new()));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(provider) = Provider::ALL.get(usize::try_from(place % 3).unwrap()) else { return };
            if place >= SCHEDULES * 3 {
                return;
            }
            let ran = run(Plan::new(*provider, 1 + place / 3));
            let judged = judge(&ran);
            let (tally, words) = &mut *done.lock().unwrap();
            tally.add(&ran, &judged);
            words.extend(judged.words);
        }
    };
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    let (tally, words) = done.into_inner().unwrap();
    assert!(tally.is_right(), "{tally}\n{}", words.join("\n"));
    assert_eq!(tally.schedules(), SCHEDULES * 3);
    assert!(tally.faults().len() > 25, "every kind of fault comes: {:?}", tally.faults());
}

/// Schedules that told of a fault of the product's, or of the oracle's.
const FOUND: [(Provider, &[u64]); 3] = [
    (Provider::Arize, &[2384, 2862, 5087, 11207, 15114, 18708]),
    (Provider::Langfuse, &[1553, 2710, 4293, 6638, 9124, 9146, 9527, 10799, 18044]),
    (Provider::Langsmith, &[1418, 1702, 6261, 7642, 9748, 10659, 11207, 11720, 19995]),
];

#[test]
fn what_was_found_stays_mended() {
    for (provider, numbers) in FOUND {
        for number in numbers {
            let judged = judge(&run(Plan::new(provider, *number)));
            assert!(judged.is_right(), "{provider} {number}: {}", judged.words.join("; "));
        }
    }
}

#[test]
fn a_schedule_is_always_the_same() {
    for provider in Provider::ALL {
        for number in 1..=SAME {
            let story = || run(Plan::new(provider, number)).story;
            assert_eq!(story(), story(), "{provider} {number}");
        }
    }
}

/// Rows that are written twice, taken away, or another's are noticed.
#[test]
fn what_is_wrong_is_noticed() {
    for provider in Provider::ALL {
        // A schedule that stores something of a world in which every row can be read.
        let plan = (1..200).map(|number| Plan::new(provider, number)).find(|plan| {
            plan.ceases()
                && ["concurrent", "worker"].contains(&plan.world.family.split('+').next().unwrap())
                && !["unreadable", "lost", "deleted"].iter().any(|trouble| plan.world.family.contains(trouble))
        });
        let ran = || run(plan.clone().unwrap());
        assert!(judge(&ran()).is_right() && !ran().rows.is_empty(), "{provider}");

        let mut doubled = ran();
        doubled.rows.push(doubled.rows[0].clone());
        assert_eq!(judge(&doubled).doubled, 1, "{provider}");

        let mut lost = ran();
        lost.rows.remove(0);
        assert!(judge(&lost).lost > 0, "{provider}");

        let mut strange = ran();
        strange.rows[0].trace_id = spanlift_model::TraceId::from_source("nobody's");
        assert_eq!(judge(&strange).foreign, 1, "{provider}");

        let mut unheard = ran();
        unheard.items.clear();
        assert_eq!(
            judge(&unheard).unheard,
            unheard.plan.world.calls.iter().filter(|call| call.event.is_some()).count() as u64
        );

        let mut waiting = ran();
        waiting.waiting.push(waiting.executions[0].job.clone());
        assert_eq!(judge(&waiting).stuck, 1, "{provider}");

        let mut silent = ran();
        silent.outcomes.clear();
        assert!(judge(&silent).unheard > 0, "{provider}");
    }
}
