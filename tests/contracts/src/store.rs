//! What a store promises ([`spanlift_importer::ports::TraceStore`]). Each contract takes a store without rows.

use std::collections::HashSet;
use std::time::Duration;

use spanlift_importer::PortError;
use spanlift_importer::ports::{StoreState, TraceStore};
use spanlift_model::{Attempt, Attempts, ImportJob, Span, Timestamp, Window};

use crate::samples::{self, of_organization, of_provider, span};

/// A store, and what only a test does to it.
pub trait Bench {
    /// The store's own type.
    type Store: TraceStore;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// A moment of which rows are kept.
    fn noon(&self) -> Timestamp;

    /// An agent sends a span of the job's simulation itself, which says of which attempt it is or does not.
    fn add_native(&self, job: &ImportJob, attempt: Option<u32>, at: Timestamp) -> impl Future<Output = ()>;

    /// The answer to the next insert is lost for good. It is done all the same, some time.
    fn lose_next_answer(&self);

    /// Returns when the server has done all that it was asked for.
    fn settle(&self) -> impl Future<Output = ()>;
}

/// When the schedule began that inserts are of.
const SCHEDULE: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// No other attempt is known.
fn only(job: &ImportJob) -> Attempts {
    Attempts::new(job.event.this_attempt(), [])
}

fn state(native: u64, rows: &[Span]) -> StoreState {
    StoreState { native, stored: rows.iter().map(|row| (row.trace_id, row.span_id)).collect() }
}

/// What was inserted is counted and named at once, to this import and to no other.
pub async fn what_is_inserted_is_seen_at_once_by_its_import_alone(bench: &impl Bench) {
    let store = bench.store();
    let job = samples::job("sim-1", 1, bench.noon());
    assert_eq!(store.look_up(&job, &only(&job)).await.unwrap(), StoreState::default());
    store.insert(&job, SCHEDULE, &[]).await.unwrap();
    assert_eq!(store.count(&job).await.unwrap(), 0, "nothing inserted is nothing stored");
    let rows = [span(&job, "1", 0), span(&job, "2", 1)];
    store.insert(&job, SCHEDULE, &rows).await.unwrap();
    assert_eq!(store.look_up(&job, &only(&job)).await.unwrap(), state(0, &rows));
    assert_eq!(store.count(&job).await.unwrap(), 2);
    let others = [
        samples::job("sim-1", 2, bench.noon()),
        samples::job("sim-2", 1, bench.noon()),
        of_organization(&job, "org-2"),
        of_provider(&job, "arize"),
    ];
    for other in others {
        assert_eq!(store.look_up(&other, &only(&other)).await.unwrap(), StoreState::default(), "{other:?}");
        assert_eq!(store.count(&other).await.unwrap(), 0, "{other:?}");
    }
}

/// The same rows in the same order, of one schedule, are one insert. Anything else is another.
pub async fn the_same_insert_again_is_none(bench: &impl Bench) {
    let store = bench.store();
    let job = samples::job("sim-1", 1, bench.noon());
    let rows = [span(&job, "1", 0), span(&job, "2", 1)];
    let turned = [span(&job, "2", 1), span(&job, "1", 0)];
    let again = SCHEDULE.plus(Duration::from_millis(1));
    // After rows were deleted a new schedule writes them again: under the old token the server would drop them.
    let inserts: [(Timestamp, &[Span], u64); 6] = [
        (SCHEDULE, &rows, 2),
        (SCHEDULE, &rows, 2),
        (again, &rows, 4),
        (SCHEDULE, &rows[..1], 5),
        (SCHEDULE, &turned, 7),
        (SCHEDULE, &rows, 7),
    ];
    for (number, (schedule, rows, stored)) in inserts.into_iter().enumerate() {
        store.insert(&job, schedule, rows).await.unwrap();
        assert_eq!(store.count(&job).await.unwrap(), stored, "insert {number}");
    }
    assert_eq!(store.look_up(&job, &only(&job)).await.unwrap(), state(0, &rows));
    // Another attempt's rows are another insert, whatever else they share.
    let other = samples::job("sim-1", 2, bench.noon());
    store.insert(&other, SCHEDULE, &[span(&other, "1", 0), span(&other, "2", 1)]).await.unwrap();
    assert_eq!(store.count(&other).await.unwrap(), 2);
}

/// Whoever does not hear how an insert went says so, and the same insert again makes it certain.
pub async fn an_insert_whose_answer_is_lost_is_done_once(bench: &impl Bench) {
    let store = bench.store();
    let job = samples::job("sim-1", 1, bench.noon());
    // A client may have to ask for the schema first.
    store.insert(&job, SCHEDULE, &[span(&job, "before", 0)]).await.unwrap();
    let rows: Vec<_> = (0..500).map(|number| span(&job, &number.to_string(), number)).collect();
    bench.lose_next_answer();
    let error = store.insert(&job, SCHEDULE, &rows).await.unwrap_err();
    assert!(matches!(error, PortError::Uncertain { .. }), "{error}");
    store.insert(&job, SCHEDULE, &rows).await.unwrap();
    assert_eq!(store.count(&job).await.unwrap(), 501);
    bench.settle().await;
    assert_eq!(store.count(&job).await.unwrap(), 501, "the first one was done in the end");
    // Where nobody asks again it is done all the same.
    bench.lose_next_answer();
    store.insert(&job, SCHEDULE, &[span(&job, "last", 0)]).await.unwrap_err();
    bench.settle().await;
    assert_eq!(store.count(&job).await.unwrap(), 502);
}

/// Native is what has no import, within ten minutes of the window, of this attempt or of the one that had begun by then.
pub async fn native_spans_are_told_from_imported_ones(bench: &impl Bench) {
    let store = bench.store();
    let first = samples::job("sim-1", 1, bench.noon());
    let second = samples::job("sim-1", 2, bench.noon());
    let window = first.event.window();
    let pad = Window::NATIVE_PADDING;
    let second_long = Duration::from_secs(1);
    for (job, attempt, at) in [
        (&first, None, window.from.minus(pad)),
        (&first, Some(1), window.to.plus(pad)),
        (&first, Some(2), window.from),
        // Too early, too late, another simulation, another organization.
        (&first, None, window.from.minus(pad + second_long)),
        (&first, None, window.to.plus(pad + second_long)),
        (&samples::job("sim-2", 1, bench.noon()), None, window.from),
        (&of_organization(&first, "org-2"), None, window.from),
    ] {
        bench.add_native(job, attempt, at).await;
    }
    let rows = [span(&first, "1", 0), span(&first, "2", 1)];
    store.insert(&first, SCHEDULE, &rows).await.unwrap();

    assert_eq!(store.look_up(&first, &only(&first)).await.unwrap(), state(2, &rows));
    // Where no other attempt is known, those that do not say of which they are count for the one that asks.
    assert_eq!(store.look_up(&second, &only(&second)).await.unwrap(), state(2, &[]));
    let third = samples::job("sim-3", 1, bench.noon());
    assert_eq!(store.look_up(&third, &only(&third)).await.unwrap(), StoreState::default());
    // Where another is, they count for the one that had begun by then.
    let later = Attempt {
        number: 2,
        started_at: window.to.plus(Duration::from_mins(5)),
        ended_at: window.to.plus(Duration::from_mins(6)),
    };
    let of_first = Attempts::new(first.event.this_attempt(), [later]);
    let of_later = Attempts::new(later, [first.event.this_attempt()]);
    assert_eq!(store.look_up(&first, &of_first).await.unwrap().native, 2);
    assert_eq!(store.look_up(&second, &of_later).await.unwrap().native, 1);
    assert_eq!(store.count(&first).await.unwrap(), 2, "native rows are not the import's");
}

/// Rows so far away that none of them may be inserted are not seen, whoever inserted them.
pub async fn what_lies_far_outside_the_window_is_out_of_sight(bench: &impl Bench) {
    let store = bench.store();
    let job = samples::job("sim-1", 1, bench.noon());
    let storable = job.event.window().storable();
    let tick = Duration::from_nanos(1);
    let at = |raw_id: &str, at| Span { started_at: at, ..span(&job, raw_id, 0) };
    let inside = [at("first", storable.from), at("last", storable.to)];
    let outside = [at("early", storable.from.minus(tick)), at("late", storable.to.plus(tick))];
    let rows: Vec<Span> = inside.iter().chain(&outside).cloned().collect();
    store.insert(&job, SCHEDULE, &rows).await.unwrap();
    assert_eq!(store.count(&job).await.unwrap(), 2);
    let stored: HashSet<_> = store.look_up(&job, &only(&job)).await.unwrap().stored;
    assert_eq!(stored, state(0, &inside).stored);
}
