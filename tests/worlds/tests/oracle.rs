//! The oracle on worlds that are drawn by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::time::Duration;

use spanlift_model::Timestamp;
use worlds::oracle::{Look, Verdict, judge};
use worlds::world::{Call, Flaw, Key, Place, Provider, Row, Server, Shape, Span, Tag, World, begin};

const OURS: &str = "3zfmuDbVQsi4GaseDtiVcS";
const OTHER: &str = "8EktrIgaVxn2LcxkMN1uTp";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn before(ago: u64) -> Timestamp {
    begin().minus(seconds(ago))
}

/// A call of a minute that ended just now, and one trace of these spans, `name parent`. A root has no parent.
fn world(drawing: &[&str]) -> World {
    let call = Call {
        simulation: OURS.to_owned(),
        attempt: 1,
        started_at: before(65),
        ended_at: before(5),
        hints: Vec::new(),
        event: Some(Duration::ZERO),
    };
    let span = |drawn: &&str| {
        let mut words = drawn.split(' ');
        let name = words.next().unwrap().to_owned();
        Span {
            name: name.clone(),
            trace: "trace".to_owned(),
            id: name,
            parent: words.next().map(str::to_owned),
            started_at: before(60),
            ended_at: Some(before(10)),
            says: Vec::new(),
            tags: Vec::new(),
            arrives: Duration::ZERO,
            end_arrives: Duration::ZERO,
            deleted: None,
            row: Row::Sound,
            copies: 1,
        }
    };
    World {
        provider: Provider::Arize,
        number: 0,
        family: "drawn".to_owned(),
        server: Server { page_rows: 1_000, edition: 0 },
        correlation: "auto",
        calls: vec![call],
        spans: drawing.iter().map(span).collect(),
    }
}

trait Drawn {
    fn of(&mut self, name: &str) -> &mut Span;
    fn tag(self, name: &str, key: Key, value: &str) -> Self;
    fn with(self, name: &str, change: impl FnOnce(&mut Span)) -> Self;
    fn looks(&self, looks: &[(u32, u64)]) -> Verdict;
    fn names(&self, places: &BTreeSet<usize>) -> String;
}

impl Drawn for World {
    fn of(&mut self, name: &str) -> &mut Span {
        self.spans.iter_mut().find(|span| span.name == name).unwrap()
    }

    fn tag(mut self, name: &str, key: Key, value: &str) -> Self {
        let tag = Tag { key, value: value.to_owned(), place: Place::Attribute, shape: Shape::Text, behind: 0 };
        self.of(name).tags.push(tag);
        self
    }

    fn with(mut self, name: &str, change: impl FnOnce(&mut Span)) -> Self {
        change(self.of(name));
        self
    }

    /// Looks of passes at seconds, each of a second.
    fn looks(&self, looks: &[(u32, u64)]) -> Verdict {
        let look = |(pass, at): &(u32, u64)| Look {
            pass: *pass,
            as_of: seconds(*at),
            from: seconds(*at),
            to: seconds(*at + 1),
        };
        judge(self, 0, &looks.iter().map(look).collect::<Vec<_>>())
    }

    fn names(&self, places: &BTreeSet<usize>) -> String {
        self.spans.iter().enumerate().filter(|(place, _)| places.contains(place)).map(|(_, span)| &*span.name).collect()
    }
}

/// What must be stored after the whole schedule.
fn owed(world: &World) -> String {
    let verdict = world.looks(&[(0, 0), (1, 20), (2, 60), (3, 300), (4, 900)]);
    assert!(verdict.must.is_subset(&verdict.may), "what must be stored may be");
    world.names(&verdict.must)
}

const SPECIFIC: Key = Key::SimulationOutputId;
const SESSION: Key = Key::SessionDotted;

#[test]
fn one_tag_brings_its_trace_and_two_calls_split_it() {
    let worker = || world(&["R", "A R", "B R", "C B", "U R"]);
    assert_eq!(owed(&worker()), "");
    assert_eq!(owed(&worker().tag("A", SPECIFIC, OURS)), "RABCU");
    assert_eq!(owed(&worker().tag("A", SPECIFIC, OURS).tag("B", SPECIFIC, OTHER)), "A");
    assert_eq!(owed(&worker().tag("R", SPECIFIC, OURS).tag("B", SPECIFIC, OTHER)), "RAU");
    // A specific key wins over a session.
    assert_eq!(owed(&worker().tag("R", SESSION, OURS).tag("R", SPECIFIC, OTHER).tag("A", SPECIFIC, OURS)), "A");
}

#[test]
fn sessions_that_are_no_mark() {
    let tree = || world(&["R", "A R", "B A", "C R"]);
    // Below ours by session: a sub-session, or another's.
    assert_eq!(owed(&tree().tag("R", SESSION, OURS).tag("A", SESSION, "thread-7")), "RABC");
    assert_eq!(owed(&tree().tag("R", SESSION, OURS).tag("A", SESSION, OTHER)), "RC");
    // Below ours by a specific key: nothing.
    assert_eq!(owed(&tree().tag("R", SPECIFIC, OURS).tag("A", SESSION, OTHER)), "RABC");
    // Above ours: another's only if a session matched.
    assert_eq!(owed(&tree().tag("R", SESSION, "user-1").tag("B", SPECIFIC, OURS)), "RABC");
    assert_eq!(owed(&tree().tag("R", SESSION, "user-1").tag("B", SESSION, OURS)), "B");
    // Beside ours: another's, unless it stands beside our tag too.
    assert_eq!(owed(&tree().tag("C", SESSION, "user-1").tag("A", SPECIFIC, OURS)), "AB");
    let everywhere = tree().tag("C", SESSION, "user-1").tag("A", Key::SessionCamel, "user-1").tag("A", SPECIFIC, OURS);
    assert_eq!(owed(&everywhere), "RABC");
}

#[test]
fn rows_that_can_not_be_read() {
    let flaw = |span: &mut Span| span.row = Row::Unreadable(Flaw::Number);
    let tree = || world(&["R", "A R", "B R", "C B", "U R"]).tag("A", SPECIFIC, OURS);
    // It may bear another's tag: what is below it, beside it and above it is not ours.
    assert_eq!(owed(&tree().tag("B", SPECIFIC, OTHER).with("B", flaw)), "A");
    // It bears none: it is a span like others, and can't be stored itself.
    assert_eq!(owed(&tree().with("B", flaw)), "RACU");
    // A tag above counts beyond what can't be read only if that is without a tag.
    let below = || world(&["R", "B R", "C B", "U R"]).tag("R", SPECIFIC, OURS);
    assert_eq!(owed(&below().with("B", flaw)), "RCU");
    assert_eq!(owed(&below().tag("B", SPECIFIC, OTHER).with("B", flaw)), "RU");
    for row in [Row::WithoutIds, Row::NeverTold] {
        let lost = |span: &mut Span| span.row = row;
        assert_eq!(owed(&tree().with("B", lost)), "A");
        assert_eq!(owed(&below().with("B", lost)), "RU");
        assert!(tree().with("B", lost).looks(&[(4, 900)]).has_lost);
    }
}

#[test]
fn rings_are_decided_at_once() {
    let ring = || world(&["R", "A R", "X Y", "Y X", "Z Y"]).tag("A", SPECIFIC, OURS);
    assert_eq!(owed(&ring()), "RAXYZ");
    assert_eq!(ring().names(&ring().looks(&[(0, 0)]).may), "RAXYZ");
    assert_eq!(owed(&ring().tag("X", SPECIFIC, OTHER)), "A");
    assert_eq!(owed(&world(&["R", "X Y", "Y X", "Z Y"]).tag("X", SPECIFIC, OURS)), "RXYZ");
}

#[test]
fn what_is_not_known_waits() {
    let tree = || world(&["R", "A R", "U R"]).tag("A", SPECIFIC, OURS);
    let early = |world: &World| world.names(&world.looks(&[(0, 0)]).may);
    assert_eq!(early(&tree()), "RAU");
    // The root is not there, or has not ended; a parent is not there.
    assert_eq!(early(&tree().with("R", |root| root.arrives = seconds(500))), "A");
    assert_eq!(early(&tree().with("R", |root| root.end_arrives = seconds(500))), "A");
    assert_eq!(early(&tree().with("U", |span| span.parent = Some("gone".to_owned()))), "RA");
    assert_eq!(owed(&tree().with("U", |span| span.parent = Some("gone".to_owned()))), "RAU");
}

#[test]
fn an_import_ends_when_what_it_found_looks_whole() {
    let tree = || world(&["R", "A R"]).tag("R", SPECIFIC, OURS);
    let decided = |world: &World, looks: &[(u32, u64)]| world.looks(looks).decided_at.as_secs();
    assert_eq!(decided(&tree(), &[(0, 0)]), 300);
    assert_eq!(decided(&tree(), &[(0, 0), (3, 300)]), 300);
    assert_eq!(decided(&tree().with("A", |span| span.ended_at = None), &[(0, 0), (3, 300)]), 900);
    assert_eq!(decided(&world(&["R"]), &[(0, 0), (3, 300)]), 900);
    assert_eq!(decided(&tree().with("R", |root| root.arrives = seconds(400)), &[(0, 0), (3, 300)]), 900);
    // What is lost for good holds nothing up.
    let lost = tree().tag("A", SPECIFIC, OURS).with("R", |root| root.row = Row::NeverTold);
    assert_eq!(decided(&lost, &[(0, 0), (3, 300)]), 300);
}

#[test]
fn ancestors_from_long_before_count_and_are_not_owed() {
    let tree = |tagged: &str| {
        let old = |span: &mut Span| span.started_at = before(7_200);
        world(&["R", "B R", "A R", "C B", "U R"]).with("R", old).with("B", old).tag("B", SPECIFIC, tagged)
    };
    assert_eq!(owed(&tree(OTHER).tag("A", SPECIFIC, OURS)), "A");
    assert_eq!(owed(&tree(OURS).tag("A", SPECIFIC, OURS)), "ACU");
    // Its only tag lies where none is looked for: it may be found.
    assert_eq!(owed(&tree(OURS)), "");
    assert_eq!(tree(OURS).names(&tree(OURS).looks(&[(4, 900)]).may), "RBACU");
}

#[test]
fn attempts_go_by_the_highest_tagged_span() {
    let mut both = world(&["R", "A R", "B R", "C B", "U R"]).tag("A", SPECIFIC, OURS).tag("B", SPECIFIC, OURS);
    let first = both.calls[0].clone();
    let second = Call { attempt: 2, started_at: before(0), ended_at: begin().plus(seconds(60)), ..first };
    both.calls.push(Call { event: Some(seconds(65)), ..second });
    for name in ["B", "C", "U"] {
        let span = both.of(name);
        (span.started_at, span.ended_at) = (begin().plus(seconds(10)), Some(begin().plus(seconds(50))));
    }
    let looks: Vec<Look> = [65, 365]
        .into_iter()
        .zip([0, 3])
        .map(|(at, pass)| Look { pass, as_of: seconds(at), from: seconds(at), to: seconds(at) })
        .collect();
    // Untagged, U goes by its own start.
    let second = judge(&both, 1, &looks);
    assert_eq!(both.names(&second.must), "BCU");
    // Once a higher attempt is known, the lower one owes nothing; before it was known, all was its own.
    let first = judge(&both, 0, &[Look { pass: 0, as_of: seconds(0), from: seconds(0), to: seconds(1) }]);
    assert_eq!((both.names(&first.must), both.names(&first.may)), (String::new(), "RABCU".to_owned()));
}
