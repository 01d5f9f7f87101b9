//! Rows that cannot be read, or only by a lenient eye: nothing of another's is taken for ours because of one, and nothing of
//! ours is lost but by a rule that says so.

use serde_json::{Value, json};
use spanlift_importer::Discovery;
use spanlift_model::SourceSpan as _;
use spanlift_model::correlation::{Ownership, correlate};
use stand_in_phoenix::{Answer, Breaks, Span};

use crate::phoenix::{Describe as _, newest, of_version, start};
use crate::reader::{Reader, SIM, names, normalized, only_attempt, owned, owned_at_last, question};
use crate::spans::{Build as _, span, trace_id};

/// A byte that is no text, once it is on the wire.
const BAD_BYTE: &str = "<bad byte>";

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    HugeNumber,
    Deep,
    LoneSurrogate,
    Year9999,
    Year1,
    NoStart,
    StartIsNumber,
    BadByte,
    NoIds,
    Untold,
    TooLarge,
}

const FAULTS: [Fault; 11] = [
    Fault::HugeNumber,
    Fault::Deep,
    Fault::LoneSurrogate,
    Fault::Year9999,
    Fault::Year1,
    Fault::NoStart,
    Fault::StartIsNumber,
    Fault::BadByte,
    Fault::NoIds,
    Fault::Untold,
    Fault::TooLarge,
];

impl Fault {
    /// A lenient reader reads all of it.
    fn is_readable(self) -> bool {
        matches!(self, Self::HugeNumber | Self::Deep | Self::LoneSurrogate)
    }

    /// The tags can be read, whatever else cannot.
    fn tells_tags(self) -> bool {
        self.is_readable() || matches!(self, Self::Year9999 | Self::Year1 | Self::NoStart | Self::StartIsNumber)
    }

    fn done_to(self, mut span: Span) -> Span {
        match self {
            Self::Untold => span.breaks = Breaks::Both,
            Self::TooLarge => return span.with("input.value", "x".repeat(17 << 20)),
            _ => {
                let raw = self.row(&span);
                return span.raw(&raw);
            }
        }
        span
    }

    fn row(self, span: &Span) -> String {
        let mut row = json!({
            "name": "turn", "span_kind": "CHAIN", "parent_id": span.parent_id,
            "context": {"trace_id": span.trace_id, "span_id": span.span_id},
            "start_time": span.start_time, "end_time": span.end_time,
            "status_code": "OK", "status_message": "", "events": [], "attributes": span.attributes,
        });
        let start = match self {
            Self::Year9999 => json!("9999-12-31T23:59:59.999999+00:00"),
            Self::Year1 => json!("0001-01-01T00:00:00+00:00"),
            Self::NoStart => Value::Null,
            Self::StartIsNumber => json!(1_795_327_200),
            _ => row["start_time"].clone(),
        };
        row["start_time"] = start;
        if self == Self::NoIds {
            row["context"] = json!({});
        }
        let value = match self {
            Self::HugeNumber => "1e400".to_owned(),
            Self::Deep => format!("{}{}", "[".repeat(200), "]".repeat(200)),
            Self::LoneSurrogate => r#""half \ud83d""#.to_owned(),
            Self::BadByte => format!("\"{BAD_BYTE}\""),
            _ => "1".to_owned(),
        };
        row["attributes"]["odd"] = json!("<odd>");
        row.to_string().replace("\"<odd>\"", &value)
    }
}

/// Puts bad bytes on the wire.
fn spoil(answer: Answer) -> Answer {
    let mut body = Vec::with_capacity(answer.body.len());
    let mut rest = answer.body.as_slice();
    while let Some(at) = rest.windows(BAD_BYTE.len()).position(|window| window == BAD_BYTE.as_bytes()) {
        body.extend_from_slice(&rest[..at]);
        body.push(0xff);
        rest = &rest[at + BAD_BYTE.len()..];
    }
    body.extend_from_slice(rest);
    Answer { body, ..answer }
}

const SERVERS: [(u32, u32, usize); 5] = [(12, 0, 1_000), (14, 0, 2), (20, 15, 1_000), (20, 26, 1_000), (20, 26, 2)];

/// R and U bear no tag; A below R is ours, B below R another's, and C is below B. Whatever B is like and wherever it
/// stands, A alone is ours.
#[tokio::test(start_paused = true)]
async fn a_row_does_not_take_its_tag_with_it() {
    for (major, minor, page_rows) in SERVERS {
        for fault in FAULTS {
            // Not first in time: nothing leads behind it where a server knows no order.
            for place in [0, 2, 3] {
                let b = fault.done_to(span(1, 3).under(1).with("simulation_output_id", "another"));
                let a = span(1, 2).under(1).with("simulation_output_id", SIM);
                let mut spans = vec![a, span(1, 4).under(3), span(1, 5).under(1), span(1, 1)];
                spans.insert(place, b);
                // Large bodies take their time.
                if fault == Fault::TooLarge && (place, minor, page_rows) != (2, 26, 1_000) {
                    continue;
                }
                let phoenix = start(of_version(major, minor).with_pages_of(page_rows).holding(spans)).await;
                phoenix.hook(|_, asked, server| Some(spoil(server.answer(asked))));
                let reading = Reader::of(&phoenix).read().await.unwrap();
                let case = format!("{major}.{minor} {page_rows} {fault:?} {place}");
                assert_eq!((owned(&reading), owned_at_last(&reading)), (names(["1/2"]), names(["1/2"])), "{case}");
                assert_eq!(reading.cut, None, "{case}");
                // Discovery is whole where every tag was seen: a trace of ours may hide behind any other row.
                let is_told = !matches!(fault, Fault::NoIds | Fault::Untold | Fault::TooLarge);
                assert_eq!(reading.discovery == Discovery::Whole, is_told, "{case}");
                assert_eq!(reading.partial_traces.contains(&trace_id(1)), !is_told, "{case}");
                let is_outlined = is_told && !fault.is_readable();
                assert_eq!(reading.outlines.len(), usize::from(is_outlined), "{case}");
                assert_eq!(reading.rejected.values().sum::<u64>(), u64::from(!is_told), "{case}");
            }
        }
    }
}

/// A tagged root with the call below it, and an odd row in between that bears no tag.
#[tokio::test(start_paused = true)]
async fn a_row_loses_the_call_below_it_only_where_its_tag_is_unknown() {
    for (major, minor, page_rows) in SERVERS {
        for fault in FAULTS {
            if fault == Fault::TooLarge && (minor, page_rows) != (26, 1_000) {
                continue;
            }
            let odd = fault.done_to(span(1, 2).under(1));
            let root = span(1, 1).with("session.id", SIM);
            let spans = [span(1, 4).under(1), odd, span(1, 3).under(2), span(1, 5).under(3), root];
            let phoenix = start(of_version(major, minor).with_pages_of(page_rows).holding(spans)).await;
            phoenix.hook(|_, asked, server| Some(spoil(server.answer(asked))));
            let reading = Reader::of(&phoenix).read().await.unwrap();
            let case = format!("{major}.{minor} {page_rows} {fault:?}");
            let beside = names(["1/1", "1/4"]);
            let expected = match fault {
                _ if fault.is_readable() => names(["1/1", "1/2", "1/3", "1/4", "1/5"]),
                _ if fault.tells_tags() => names(["1/1", "1/3", "1/4", "1/5"]),
                _ => beside,
            };
            assert_eq!(owned_at_last(&reading), expected, "{case}");
        }
    }
}

/// The odd row is itself the tagged root.
#[tokio::test(start_paused = true)]
async fn a_lenient_reader_reads_a_tagged_root() {
    for fault in FAULTS {
        let root = fault.done_to(span(1, 1).with("simulation_output_id", SIM));
        let phoenix = start(newest().holding([span(1, 2).under(1), root, span(9, 1)])).await;
        phoenix.hook(|_, asked, server| Some(spoil(server.answer(asked))));
        let reading = Reader::of(&phoenix).read().await.unwrap();
        if fault.is_readable() {
            assert_eq!((owned(&reading), reading.discovery), (names(["1/1", "1/2"]), Discovery::Whole), "{fault:?}");
        } else {
            // Whether it began in the window, or which trace it is of, is not known.
            assert_eq!(owned_at_last(&reading), names([]), "{fault:?}");
        }
    }
}

/// A row without ids is no loss where it cannot have been a tag.
#[tokio::test]
async fn rows_without_ids_may_hide_a_trace_only_if_they_hold_a_keys_name() {
    for (attributes, discovery) in [
        (json!({"input.value": "the session is over"}), Discovery::Whole),
        (json!({"simulation_output_id": "x"}), Discovery::Unfinished),
        (json!({"metadata": "{\"session\": {\"id\": 1}}"}), Discovery::Unfinished),
    ] {
        let row = json!({"context": {"trace_id": 7}, "start_time": "2026-11-20T15:01:00Z", "attributes": attributes});
        let ours = [span(1, 1).with("session.id", SIM), span(1, 2).under(1), span(2, 1).raw(&row.to_string())];
        let phoenix = start(newest().holding(ours)).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((owned(&reading), reading.discovery), (names(["1/1", "1/2"]), discovery), "{attributes}");
        // The server says which rows are of our trace, and that is none of them.
        assert_eq!((reading.partial_traces.len(), reading.rejected.len()), (0, 0));
    }
}

/// Something is above a span whose parent cannot be read: it is no root, and its end is not the end of the trace.
#[tokio::test]
async fn a_parent_that_cannot_be_read_makes_no_root() {
    let hints = [SIM.parse().unwrap()];
    let attempts = only_attempt();
    for (parent, parent_id, is_decided) in [
        (json!(7), Some(""), false),
        (json!({"id": 7}), Some(""), false),
        (json!(["a"]), Some(""), false),
        (json!("0".repeat(2_000)), None, true),
        (json!("a".repeat(2_000)), Some(""), false),
        (json!("00"), None, true),
        (json!(""), None, true),
        (Value::Null, None, true),
        (json!("0a"), Some("0a"), false),
    ] {
        let ended = span(1, 3);
        let mut row: Value = serde_json::from_str(&Fault::HugeNumber.row(&ended).replace("1e400", "1")).unwrap();
        row["parent_id"] = parent.clone();
        // The root of the span that is ours is not there.
        let ours = span(1, 2).under(1).with("simulation_output_id", SIM);
        let phoenix = start(newest().holding([ours, ended.raw(&row.to_string())])).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        let owners = correlate(&reading.spans, &[], &reading.partial_traces, &question(&hints, &attempts)).spans;
        let (span, owner) = reading.spans.iter().zip(owners).find(|(span, _)| span.labels().is_empty()).unwrap();
        assert_eq!(span.parent_id(), parent_id, "{parent}");
        let stored = normalized(span);
        assert_eq!(stored.parent_span_id.is_some(), parent_id.is_some(), "{parent}");
        assert_eq!(matches!(owner, Ownership::Ours(_)), is_decided, "{parent} {owner:?}");
        assert_eq!(owned_at_last(&reading), names(["1/2", "1/3"]), "{parent}");
    }
}
