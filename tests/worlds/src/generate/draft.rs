//! A world in the making.

use std::time::Duration;

use fastrand::Rng;
use spanlift_model::Timestamp;

use super::ids::{self, Form};
use super::tags::{self, Kind};
use crate::world::{Call, Place, Provider, Row, Server, Span, Tag, World, begin};

/// A world in the making, with the randomness that it is made of.
pub(crate) struct Draft {
    pub(crate) rng: Rng,
    pub(crate) world: World,
    /// Spans that the platform is never told.
    pub(crate) untold: Vec<At>,
    form: Form,
}

/// A span of the draft, by its place.
pub(crate) type At = usize;

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Draft {
    pub(crate) fn new(provider: Provider, number: u64) -> Self {
        let mut rng = Rng::with_seed(number);
        let form = ids::form(&mut rng);
        let page_rows = if rng.u8(..3) == 0 { rng.usize(5..20) } else { 1_000 };
        let editions = if provider == Provider::Arize { 1 } else { 3 };
        // Mostly the newest.
        let edition = if rng.bool() { 0 } else { rng.u32(..editions) };
        let world = World {
            provider,
            number,
            family: String::new(),
            server: Server { page_rows, edition },
            correlation: if provider == Provider::Langfuse { "strict" } else { "auto" },
            calls: Vec::new(),
            spans: Vec::new(),
        };
        Self { rng, world, untold: Vec::new(), form }
    }

    /// True once in `of` times.
    pub(crate) fn once_in(&mut self, of: u32) -> bool {
        self.rng.u32(..of) == 0
    }

    /// A call that began `before` its end, which was `ago` before the world begins. No event comes for it yet.
    pub(crate) fn call(&mut self, ago: u64, length: u64) -> usize {
        // Among ids of one form another's can be taken for one's own most easily.
        let form = if self.once_in(6) { ids::form(&mut self.rng) } else { self.form };
        let simulation = ids::simulation(&mut self.rng, form);
        let ended_at = begin().minus(seconds(ago));
        self.world.calls.push(Call {
            simulation,
            attempt: 1,
            started_at: ended_at.minus(seconds(length)),
            ended_at,
            hints: Vec::new(),
            event: None,
        });
        self.world.calls.len() - 1
    }

    /// The call that the world is about, which ended just now and is imported, and some beside it.
    pub(crate) fn calls(&mut self, others: usize) {
        let length = self.rng.u64(60..300);
        let ours = self.call(5, length);
        self.world.calls[ours].event = Some(Duration::ZERO);
        if self.once_in(5) {
            let form = self.form;
            self.world.calls[ours].hints = vec![ids::simulation(&mut self.rng, form)];
        }
        for _ in 0..others {
            let (ago, length) = (self.rng.u64(1..length), self.rng.u64(60..300));
            let other = self.call(ago, length);
            if self.once_in(3) {
                self.world.calls[other].event = Some(seconds(self.rng.u64(..10)));
            }
        }
    }

    /// A trace of one span, its root, without a tag.
    pub(crate) fn root(&mut self, from: Timestamp, to: Timestamp) -> At {
        let id = ids::span(&mut self.rng, self.world.provider);
        let trace = ids::trace(&mut self.rng, self.world.provider, &id);
        self.push(trace, id, None, from, to)
    }

    /// A root that lasts about as long as the call.
    pub(crate) fn root_of(&mut self, call: usize) -> At {
        let (from, to) = self.window(call);
        let early = Duration::from_millis(self.rng.u64(..4_000));
        self.root(from.plus(seconds(2)).minus(early), to)
    }

    /// A span below another, somewhere within its time.
    pub(crate) fn child(&mut self, parent: At) -> At {
        let (from, to) = self.span_time(parent);
        let (from, to) = self.within(from, to);
        self.child_at(parent, from, to)
    }

    pub(crate) fn child_at(&mut self, parent: At, from: Timestamp, to: Timestamp) -> At {
        let (trace, above) = (self.world.spans[parent].trace.clone(), self.world.spans[parent].id.clone());
        let id = ids::span(&mut self.rng, self.world.provider);
        self.push(trace, id, Some(above), from, to)
    }

    /// A span below another that lasts about as long as the call, as in a worker that holds several.
    pub(crate) fn child_of_call(&mut self, parent: At, call: usize) -> At {
        let (from, to) = self.window(call);
        let (from, to) = (from.plus(Duration::from_millis(self.rng.u64(..2_000))), to);
        self.child_at(parent, from, to)
    }

    /// A span below another that begins and ends with it.
    pub(crate) fn child_at_same_time(&mut self, parent: At) -> At {
        let (from, to) = self.span_time(parent);
        self.child_at(parent, from, to)
    }

    /// `count` spans somewhere below another, without tags. Each may be above a later one.
    pub(crate) fn below(&mut self, parent: At, count: usize) -> Vec<At> {
        let mut all = vec![parent];
        for _ in 0..count {
            let above = all[self.rng.usize(..all.len())];
            all.push(self.child(above));
        }
        all.split_off(1)
    }

    /// Puts a tag on a span: a value under a key of a kind, in any place and shape that the platform has for it.
    pub(crate) fn tag(&mut self, at: At, value: &str, kind: Kind) {
        let tag = tags::tag(&mut self.rng, &self.world, value, kind);
        self.put(at, tag);
    }

    /// Puts a tag on a span, in place of one under the same key in the same place.
    pub(crate) fn put(&mut self, at: At, mut tag: Tag) {
        let tags = &mut self.world.spans[at].tags;
        tags.retain(|known| !(known.key == tag.key && known.place == tag.place));
        // On Phoenix metadata is a text or an object, not both.
        let is_text = |tag: &Tag| tag.place == Place::MetadataText;
        if self.world.provider == Provider::Arize && tags.iter().any(|known| is_text(known) != is_text(&tag)) {
            tags.iter_mut().chain([&mut tag]).filter(|tag| is_text(tag)).for_each(|tag| tag.place = Place::Metadata);
        }
        tags.push(tag);
    }

    pub(crate) fn tag_with_call(&mut self, at: At, call: usize, kind: Kind) {
        let marks: Vec<String> = self.world.calls[call].marks().map(str::to_owned).collect();
        let value = marks[self.rng.usize(..marks.len())].clone();
        self.tag(at, &value, kind);
    }

    /// A span with another's id above it that is never told.
    pub(crate) fn orphan(&mut self, at: At) {
        let id = ids::span(&mut self.rng, self.world.provider);
        self.world.spans[at].parent = Some(id);
    }

    pub(crate) fn window(&self, call: usize) -> (Timestamp, Timestamp) {
        let call = &self.world.calls[call];
        (call.started_at, call.ended_at)
    }

    /// A random part of a time.
    fn within(&mut self, from: Timestamp, to: Timestamp) -> (Timestamp, Timestamp) {
        let whole = u64::try_from(to.since(from).as_millis()).unwrap_or(0).max(4);
        let begins = self.rng.u64(1..whole);
        let ends = self.rng.u64(begins..whole);
        (from.plus(Duration::from_millis(begins)), from.plus(Duration::from_millis(ends)))
    }

    fn span_time(&self, at: At) -> (Timestamp, Timestamp) {
        let span = &self.world.spans[at];
        (span.started_at, span.ended_at.unwrap_or(span.started_at.plus(seconds(30))))
    }

    fn push(&mut self, trace: String, id: String, parent: Option<String>, from: Timestamp, to: Timestamp) -> At {
        let name = name(self.world.spans.len());
        // Whole milliseconds: one platform knows no finer ones.
        let whole = |moment: Timestamp| Timestamp::from_millis(moment.millis());
        self.world.spans.push(Span {
            name,
            trace,
            id,
            parent,
            started_at: whole(from),
            ended_at: Some(whole(to)),
            tags: Vec::new(),
            says: Vec::new(),
            arrives: Duration::ZERO,
            end_arrives: Duration::ZERO,
            deleted: None,
            row: Row::Sound,
            copies: 1,
        });
        self.world.spans.len() - 1
    }
}

/// `A`, `B`, … `Z`, `A1`, …
fn name(number: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(number % 26).unwrap_or(0));
    let round = number / 26;
    if round == 0 { letter.to_string() } else { format!("{letter}{round}") }
}
