use proptest::prelude::*;
use serde_json::json;
use spanlift_model::{
    Attributes, CUT_MARKER, ImportId, OrganizationId, Provider, SpanId, Timestamp, TimestampError, TraceId,
    canonical_text,
};

#[test]
fn trace_ids_are_kept_or_hashed() {
    let kept = [
        ("53e7033d37a7a8869d0bb6865c4807c0", "53e7033d37a7a8869d0bb6865c4807c0"),
        ("53E7033D37A7A8869D0BB6865C4807C0", "53e7033d37a7a8869d0bb6865c4807c0"),
        ("53e7033d-37a7-a886-9d0b-b6865c4807c0", "53e7033d37a7a8869d0bb6865c4807c0"),
    ];
    for (raw, expected) in kept {
        assert_eq!(TraceId::from_source(raw).to_string(), expected);
    }
    let zero = "0".repeat(32);
    for raw in ["", "0102", "trace", zero.as_str(), "53e7033d37a7-a8869d0bb6865c4807c0----"] {
        let hashed = TraceId::from_source(raw).to_string();
        assert_eq!(hashed.len(), 32, "{raw}");
        assert_ne!(hashed, zero);
        assert_eq!(TraceId::from_hex(&hashed), Some(TraceId::from_source(raw)));
    }
}

#[test]
fn a_trace_id_is_written_as_a_uuid_too() {
    let uuid = "53e7033d-37a7-a886-9d0b-b6865c4807c0";
    assert_eq!(TraceId::from_source(uuid).to_uuid(), uuid);
    assert_eq!(TraceId::from_source(&uuid.to_uppercase()).to_uuid(), uuid);
}

#[test]
fn hashed_span_ids_belong_to_their_trace() {
    assert_eq!(SpanId::from_source("t", "BB9BD2E016E511DC").to_string(), "bb9bd2e016e511dc");
    assert_eq!(SpanId::from_source("t", "03"), SpanId::from_source("t", "03"));
    assert_ne!(SpanId::from_source("t", "03"), SpanId::from_source("u", "03"));
    assert_ne!(SpanId::from_source("ab", "c"), SpanId::from_source("a", "bc"));
}

#[test]
fn an_import_id_depends_on_each_of_its_four_parts() {
    let id = |organization: &str, simulation: &str, attempt, provider: &str| {
        let organization: OrganizationId = organization.parse().unwrap();
        let provider: Provider = provider.parse().unwrap();
        ImportId::new(&organization, &simulation.parse().unwrap(), attempt, &provider).to_string()
    };
    let ids = [
        id("org", "sim", 1, "arize"),
        id("org2", "sim", 1, "arize"),
        id("org", "2sim", 1, "arize"),
        id("org", "sim", 2, "arize"),
        id("org", "sim1", 1, "arize"),
        id("org", "sim", 11, "arize"),
        id("org", "sim", 1, "langfuse"),
    ];
    for (at, one) in ids.iter().enumerate() {
        assert!(ids[at + 1..].iter().all(|other| other != one));
    }
}

#[test]
fn times_are_read_with_a_zone_or_refused() {
    let cases = [
        ("2026-11-22T06:00:21.304819+00:00", Ok("2026-11-22T06:00:21.304819Z")),
        ("2026-11-22T06:00:21+02:00", Ok("2026-11-22T04:00:21Z")),
        ("2026-11-22T06:00:21.123456789Z", Ok("2026-11-22T06:00:21.123456789Z")),
        ("1970-01-01T00:00:00+00:00", Ok("1970-01-01T00:00:00Z")),
        ("2026-11-22T06:00:21", Err(TimestampError::Format)),
        ("2500-01-01T00:00:00Z", Err(TimestampError::Range)),
        ("", Err(TimestampError::Format)),
    ];
    for (text, expected) in cases {
        assert_eq!(Timestamp::parse(text).map(|moment| moment.to_string()), expected.map(str::to_owned), "{text}");
    }
    for naive in ["2026-11-22T06:00:21.5", "2026-11-22 06:00:21.5", "2026-11-22T06:00:21.5Z"] {
        assert_eq!(Timestamp::parse_platform(naive).unwrap().to_string(), "2026-11-22T06:00:21.5Z");
    }
    assert_eq!(
        Timestamp::parse_platform("2026-11-22T06:00:21").unwrap().to_micros_text(),
        "2026-11-22T06:00:21.000000Z"
    );
}

#[test]
fn dates_of_http_headers_are_read() {
    for (text, expected) in [
        ("Fri, 20 Nov 2026 15:05:23 GMT", Some("2026-11-20T15:05:23Z")),
        (" Sun, 06 Nov 1994 08:49:37 GMT ", Some("1994-11-06T08:49:37Z")),
        ("Fri, 20 Nov 2026 16:05:23 +0100", Some("2026-11-20T15:05:23Z")),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("2026-11-20T15:05:23Z", None),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(Timestamp::parse_http(text).map(|moment| moment.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_scalar_is_the_same_text_whether_the_platform_kept_it_or_not() {
    let cases = [
        (json!("123"), Some("123")),
        (json!(123), Some("123")),
        (json!(123.0), Some("123")),
        (json!(1.5), Some("1.5")),
        (json!(u64::MAX), Some("18446744073709551615")),
        (json!(true), Some("true")),
        (json!(null), None),
        (json!(["a"]), None),
        (json!({"a": 1}), None),
    ];
    for (value, text) in cases {
        assert_eq!(canonical_text(&value.into()).as_deref(), text);
    }
}

#[test]
fn a_name_that_the_source_set_wins_and_long_values_are_cut_at_a_character() {
    let mut attributes: Attributes = [("a", "source")].into_iter().collect();
    attributes.derive("a", "derived");
    attributes.derive("b", "é".repeat(100));
    attributes.cut_values(20);
    assert_eq!(attributes.get("a"), Some("source"));
    let cut = attributes.get("b").unwrap();
    assert!(cut.ends_with(CUT_MARKER) && cut.len() <= 20, "{cut}");
}

#[test]
fn of_names_that_become_one_the_first_stays_and_a_short_one_before_all() {
    let [one, two] = ["a", "b"].map(|end| format!("{}{end}", "n".repeat(40)));
    let mut attributes: Attributes = [(two, "two"), (one, "one"), ("z".to_owned(), "short")].into_iter().collect();
    attributes.cut_names(20);
    let short = attributes.iter().next().map(|(name, _)| name.to_owned()).unwrap();
    assert!(short.ends_with(CUT_MARKER) && short.len() <= 20, "{short}");
    assert_eq!(attributes.iter().map(|(_, value)| value).collect::<Vec<_>>(), ["one", "short"]);
    assert_eq!(attributes.get(&short), Some("one"));

    let long = "n".repeat(40);
    let mut attributes: Attributes = [(long, "long"), (short, "was there")].into_iter().collect();
    attributes.cut_names(20);
    assert_eq!(attributes.iter().map(|(_, value)| value).collect::<Vec<_>>(), ["was there"]);
}

/// As docs/REFERENCE.md says it, reckoned by Python's hashlib.
#[test]
fn ids_are_hashed_as_the_reference_says() {
    assert_eq!(TraceId::from_source("call-17").to_string(), "d4fb63d385a90a5cf34cbe346c8038c2");
    assert_eq!(SpanId::from_source("call-17", "step-2").to_string(), "70c48a08a98c0b0f");
}

proptest! {
    #[test]
    fn any_raw_id_becomes_an_id(trace in ".*", span in ".*") {
        prop_assert_eq!(TraceId::from_source(&trace).to_string().len(), 32);
        let id = SpanId::from_source(&trace, &span);
        prop_assert_eq!(SpanId::from_hex(&id.to_string()), Some(id));
    }

    #[test]
    fn any_moment_survives_its_text(nanos in any::<i64>()) {
        let moment = Timestamp::from_nanos(nanos);
        prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
    }

    #[test]
    fn any_text_is_a_time_or_an_error(text in ".*") {
        let _either = Timestamp::parse_platform(&text).is_ok();
    }

    /// Whatever was set, taken out and set again.
    #[test]
    fn attributes_are_a_map(steps in proptest::collection::vec(("[a-c.é]{0,4}", proptest::option::of("[xy]{0,2}")), 0..40), asked in "[a-c.é]{0,4}") {
        let (mut attributes, mut expected) = (Attributes::default(), std::collections::BTreeMap::new());
        for (name, value) in steps {
            if let Some(value) = value {
                attributes.set(name.clone(), value.clone());
                expected.insert(name, value);
            } else {
                prop_assert_eq!(attributes.remove(&name), expected.remove(&name));
            }
        }
        prop_assert_eq!(attributes.get(&asked), expected.get(&asked).map(String::as_str));
        let below: Vec<(&str, &str)> = attributes.below(&asked).collect();
        let is_below = |(name, _): &(&String, &String)| name.starts_with(&asked);
        let all_below = expected.iter().filter(is_below).map(|(name, value)| (name.as_str(), value.as_str()));
        prop_assert_eq!(below, all_below.collect::<Vec<_>>());
        for (name, value) in &expected {
            prop_assert_eq!(attributes.get(name), Some(value.as_str()));
        }
        prop_assert_eq!(&attributes, &expected.into_iter().collect::<Attributes>());
    }

    /// However they come, of several of one name the last counts.
    #[test]
    fn attributes_that_are_set_at_once_are_those_set_one_by_one(
        before in proptest::collection::vec(("[a-c]{0,2}", "[xy]"), 0..8), pairs in proptest::collection::vec(("[a-c]{0,2}", "[xy]"), 0..20),
    ) {
        let mut at_once: Attributes = before.clone().into_iter().collect();
        at_once.extend(pairs.clone());
        let mut one_by_one = Attributes::default();
        for (name, value) in before.into_iter().chain(pairs) {
            one_by_one.set(name, value);
        }
        prop_assert_eq!(&at_once, &one_by_one);
        for (name, value) in one_by_one.iter() {
            prop_assert_eq!(at_once.get(name), Some(value));
        }
        let expected: Vec<String> = one_by_one.iter().map(|(name, value)| format!("p.{name}={value}")).collect();
        let behind: Vec<String> = at_once.behind("p.").iter().map(|(name, value)| format!("{name}={value}")).collect();
        prop_assert_eq!(behind, expected);
    }

    #[test]
    fn values_are_never_longer_than_the_cut(value in ".*", limit in 8_usize..200) {
        let mut attributes: Attributes = [("a", value)].into_iter().collect();
        attributes.cut_values(limit);
        prop_assert!(attributes.get("a").is_some_and(|cut| cut.len() <= limit.max(CUT_MARKER.len())));
    }
}
