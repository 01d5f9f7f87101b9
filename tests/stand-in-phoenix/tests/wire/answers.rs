//! What the stand-in says on the wire.

use std::time::Duration;

use crate::client::{self, Client, PATH, span};
use serde_json::{Value, json};
use spanlift_model::Timestamp;
use stand_in_phoenix::{Answer, Asked, Breaks, Event, RAW, Scenario, Span, StandIn, StatusCode, Version};
use tokio::time::Instant;

#[tokio::test]
async fn pages_by_keyset_with_an_inclusive_cursor() {
    let server = Client::holding((1..=5).map(|number| span(1, number))).await;
    let first = server.json(&format!("{PATH}?limit=2")).await;
    assert_eq!(first["next_cursor"], "U3Bhbjoz");
    let second = format!("{PATH}?limit=3&cursor=U3Bhbjoz");
    assert_eq!(server.names(&second).await, ["1/3", "1/2", "1/1"]);
    assert_eq!(server.json(&second).await["next_cursor"], Value::Null);
    assert_eq!(server.names(&format!("{PATH}/otlpv1?limit=3&cursor=U3Bhbjoz")).await, ["1/3", "1/2", "1/1"]);
    let ascending = server.json(&format!("{PATH}?limit=2&sort=id&order=asc")).await;
    assert_eq!((ascending["data"].as_array().unwrap().len(), &ascending["next_cursor"]), (2, &json!("U3Bhbjoz")));
    // An empty cursor is none; one of another kind of node is its number; one behind the end is the end.
    for (query, names) in [
        ("cursor=", "1/5 1/4 1/3 1/2 1/1"),
        ("cursor=UHJvamVjdDoy", "1/2 1/1"),
        ("cursor=U3Bhbjo5OQ==", "1/5 1/4 1/3 1/2 1/1"),
        ("cursor=U3Bhbjo5OQ==&order=asc", ""),
    ] {
        assert_eq!(server.names(&format!("{PATH}?{query}")).await.join(" "), names, "{query}");
    }
}

#[tokio::test]
async fn sorts_by_start_with_ties_by_id() {
    let spans = [(1, 30), (2, 10), (3, 10), (4, 20)].map(|(number, second)| Span {
        start_time: Timestamp::parse(&format!("2026-11-20T15:00:{second}.5Z")).unwrap(),
        ..span(1, number)
    });
    let server = Client::holding(spans).await;
    for (order, names) in [("asc", "1/2 1/3 1/4 1/1"), ("desc", "1/1 1/4 1/3 1/2")] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{PATH}?sort=start_time&order={order}&limit=1{cursor}");
            found.extend(server.names(&path).await);
            let Some(next) = server.json(&path).await["next_cursor"].as_str().map(str::to_owned) else { break };
            assert_eq!(server.get(&format!("{PATH}?cursor={next}")).await.0, 422);
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found.join(" "), names);
    }
    assert_eq!(server.get(&format!("{PATH}?sort=start_time&cursor=U3Bhbjoz")).await.0, 422);
}

#[tokio::test]
async fn refuses_what_it_cannot_read() {
    let server = Client::holding([span(1, 1)]).await;
    for (query, status, says) in [
        ("cursor=U3BhbjozMQ", 422, "Invalid cursor"),
        ("cursor=x", 422, "Invalid cursor"),
        ("cursor=U3Bhbjo5OTk5OTk5OTk5OTk5OTk5OTk5OTk=", 500, "Internal Server Error"),
        ("limit=1001", 422, "less than or equal to 1000"),
        ("limit=0", 422, "greater than 0"),
        ("limit=", 422, "valid integer"),
        ("start_time=2026-11-20T15:00:00+00:00", 422, "datetime_from_date_parsing"),
        ("end_time=soon", 422, "end_time"),
        ("sort=name", 422, "literal_error"),
        ("order=up", 422, "literal_error"),
        ("span_kind=FOO", 422, "Invalid span_kind values: ['FOO']"),
        ("status_code=FINE", 422, "Invalid status_code values: ['FINE']"),
        ("attribute=nocolon", 422, "expected format 'key:value'"),
        ("attribute=session.id:null", 422, "Invalid attribute"),
        ("attribute=session.id:[1]", 422, "Invalid attribute"),
        ("unknown=1", 200, "data"),
    ] {
        let (its, head, body) = server.send(&format!("GET {PATH}?{query}"), "", "").await;
        assert_eq!(its, status, "{query} {body}");
        assert!(body.contains(says), "{query} {body}");
        // An unhandled error is answered before the header is set.
        assert_eq!(head.contains("x-phoenix-server-version: 20.26.1"), status != 500, "{query} {head}");
    }
}

#[tokio::test]
async fn answers_unknown_addresses_with_a_page_of_html() {
    let server = Client::holding([]).await;
    for path in [
        "/",
        "/v1",
        "/v1/projects/",
        "/v1/projects/a%2Fb/spans",
        "//v1/projects",
        "/v1/projects/voice-agent/spans/",
        "/v2/spans",
        "/api/v1/projects",
    ] {
        let (status, body) = server.get(path).await;
        assert!(status == 200 && body.starts_with("<!DOCTYPE html>"), "{path}");
    }
    let old = Client::of(Scenario { version: Version::new(10, 5, 1), ..client::scenario([]) }).await;
    assert!(old.get(PATH).await.1.starts_with("<!DOCTYPE html>"));
    assert!(old.json(&format!("{PATH}/otlpv1")).await.is_object());
    assert_eq!(server.send(&format!("POST {PATH}"), "", "").await.0, 405);
}

#[tokio::test]
async fn keeps_projects_apart_since_it_can() {
    for (version, names) in [((11, 5), "2/1 1/1"), ((11, 6), "1/1")] {
        let of = |project: &str, span| Span { project: project.to_owned(), ..span };
        let spans = [of("one", span(1, 1)), of("two", span(2, 1))];
        let version = Version::new(version.0, version.1, 0);
        let server = Client::of(Scenario { version, ..client::scenario(spans) }).await;
        assert_eq!(server.names("/v1/projects/one/spans").await.join(" "), names);
    }
}

#[tokio::test]
async fn breaks_on_spans_as_the_lab_saw() {
    let otlp = format!("{PATH}/otlpv1");
    let with = |change: fn(&mut Span)| {
        let mut span = span(1, 1);
        change(&mut span);
        span
    };
    for (poison, plain, other) in [
        (with(|span| span.kind = json!(3)), 500, 200),
        (with(|span| span.kind = json!(["LLM"])), 500, 200),
        (with(|span| span.attributes = client::object(json!({"metadata": "{\"n\": 18446744073709551615}"}))), 200, 500),
        (with(|span| span.breaks = Breaks::Plain), 500, 200),
        (with(|span| span.breaks = Breaks::Otlp), 200, 500),
        (with(|span| span.breaks = Breaks::Both), 500, 500),
        (with(|span| span.raw = Some("null".to_owned())), 200, 200),
    ] {
        let server = Client::holding([poison.clone(), span(1, 2)]).await;
        assert_eq!((server.get(PATH).await.0, server.get(&otlp).await.0), (plain, other), "{poison:?}");
        // A page without it is sound.
        assert_eq!(server.get(&format!("{PATH}?limit=1")).await.0, 200);
    }
}

/// Both forms tell what no JSON library takes, and a start that is no time.
#[tokio::test]
async fn tells_what_nobody_reads() {
    let attributes = client::object(json!({"bad": RAW[0]}));
    let told = Span { attributes, start_told_as: Some("at noon".to_owned()), ..span(1, 1) };
    let server = Client::holding([told]).await;
    for path in [PATH.to_owned(), format!("{PATH}/otlpv1")] {
        let (status, body) = server.get(&path).await;
        assert_eq!(status, 200, "{path}");
        assert!(body.contains("1e400") && body.contains(r#":"at noon""#), "{path} {body}");
        assert!(serde_json::from_str::<Value>(&body).is_err(), "{path}");
    }
}

#[tokio::test]
async fn tells_a_span_in_both_forms() {
    let told = Span {
        name: "turn".to_owned(),
        start_time: Timestamp::parse("2026-11-22T06:00:21.304819499Z").unwrap(),
        status_code: StatusCode::Error,
        status_message: "überlastet".to_owned(),
        events: vec![Event {
            name: "exception".to_owned(),
            attributes: client::object(json!({"exception.type": "E", "more": 1})),
            ..Event::default()
        }],
        attributes: client::object(json!({"n": 7, "f": 3.0, "tag.tags": ["a", "b"], "mixed": [1.0, null],
            "metadata": "{\"session.id\": \"7\", \"on\": true}"})),
        ..span(1, 1)
    };
    let server = Client::holding([told]).await;
    let (trace, id) = (format!("{:032x}", 1), format!("{:016x}", (1_u64 << 32) + 1));
    assert_eq!(
        server.json(PATH).await["data"],
        json!([{
            "id": "U3Bhbjox", "name": "turn", "context": {"trace_id": trace, "span_id": id}, "span_kind": "UNKNOWN",
            "parent_id": null, "start_time": "2026-11-22T06:00:21.304819+00:00",
            "end_time": "1970-01-01T00:00:00+00:00", "status_code": "ERROR", "status_message": "überlastet",
            "attributes": {"n": 7, "f": 3.0, "tag.tags": ["a", "b"], "mixed": [1.0, null], "metadata.session.id": "7",
                "metadata.on": true},
            "events": [{"name": "exception", "timestamp": "1970-01-01T00:00:00+00:00",
                "attributes": {"exception.type": "E"}}],
        }])
    );
    let row = server.json(&format!("{PATH}/otlpv1")).await["data"][0].clone();
    assert_eq!((&row["trace_id"], &row["span_id"], &row["parent_span_id"]), (&json!(trace), &json!(id), &Value::Null));
    assert_eq!(
        (&row["start_time_unix_nano"], &row["end_time_unix_nano"]),
        (&json!(1_795_327_221_304_818_944_i64), &json!(0))
    );
    assert_eq!(row["status"], json!({"code": 2, "message": "überlastet"}));
    let attributes = row["attributes"].as_array().unwrap();
    let value = |name: &str| {
        let mut value = attributes.iter().find(|attribute| attribute["key"] == name).unwrap()["value"].clone();
        let members = value.as_object_mut().unwrap();
        assert_eq!(members.len(), 7);
        members.retain(|_, member| !member.is_null());
        value
    };
    assert_eq!(value("n"), json!({"int_value": 7}));
    assert_eq!(value("f"), json!({"double_value": 3.0}));
    assert_eq!(value("metadata.session.id"), json!({"string_value": "7"}));
    let texts = |name: &str| {
        let values = value(name)["array_value"]["values"].clone();
        values
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["string_value"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (texts("tag.tags"), texts("mixed")),
        (vec!["a".to_owned(), "b".to_owned()], vec!["1.0".to_owned(), "None".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn spans_come_and_go() {
    let later = |span: Span, arrives_after, deleted_after| Span { arrives_after, deleted_after, ..span };
    let elsewhere = Span { project: "late".to_owned(), ..later(span(2, 1), 10.0, None) };
    // The second arrives last; of two spans with the same id the first to arrive counts.
    let spans = [
        span(1, 1),
        later(span(1, 2), 20.0, None),
        later(Span { name: "early".to_owned(), ..span(1, 2) }, 10.0, Some(30.0)),
        elsewhere,
        // Its trace is another project's by then.
        later(Span { project: "other".to_owned(), ..span(2, 2) }, 20.0, None),
    ];
    let server = Client::holding(spans).await;
    let began = Instant::now();
    for (seconds, names, late) in [(0, "1/1", 404), (10, "1/2 1/1", 200), (20, "1/2 1/1", 200), (30, "1/1", 200)] {
        tokio::time::advance(Duration::from_secs(seconds).saturating_sub(began.elapsed())).await;
        assert_eq!(server.names(PATH).await.join(" "), names, "{seconds}");
        assert_eq!(server.get("/v1/projects/late").await.0, late, "{seconds}");
    }
    assert_eq!(server.names("/v1/projects/late/spans").await, ["2/2", "2/1"]);
    assert_eq!(server.names("/v1/projects/other/spans").await.len(), 0);
}

#[tokio::test]
async fn answers_may_come_late_or_in_part_or_not_at_all() {
    let server = Client::holding([span(1, 1)]).await;
    server.0.hook(|_, asked, phoenix| match asked.value("name")? {
        "close" => Some(Answer::closed()),
        "half" => Some(phoenix.answer(asked).broken_off()),
        "late" => Some(phoenix.answer(asked).with_header("x-late", "1").after(Duration::from_millis(50))),
        _ => Some(Answer::hangs()),
    });
    assert_eq!(server.try_send(&format!("GET {PATH}?name=close"), "", "").await, None);
    let (status, head, body) = server.send(&format!("GET {PATH}?name=half"), "", "").await;
    assert!(status == 200 && head.contains("transfer-encoding: chunked"), "{head}");
    // The last chunk of a whole body is empty.
    assert!(body.contains("{\"data\":[") && !body.contains("\r\n0\r\n"), "{body}");
    let began = Instant::now();
    let (status, head, _) = server.send(&format!("GET {PATH}?name=late"), "", "").await;
    assert!(status == 200 && head.contains("x-late: 1") && began.elapsed() >= Duration::from_millis(50), "{head}");
    assert!(head.contains("x-phoenix-server-version: 20.26.1"), "{head}");
    let path = format!("GET {PATH}?name=never");
    let never = server.try_send(&path, "", "");
    assert!(tokio::time::timeout(Duration::from_millis(50), never).await.is_err());
}

#[tokio::test]
async fn lets_in_whoever_has_the_key() {
    let scenario =
        Scenario { api_key: Some("secret".to_owned()), path_prefix: "/s/acme".to_owned(), ..client::scenario([]) };
    let server = Client::of(scenario).await;
    let path = format!("GET /s/acme{PATH}");
    for (header, status) in [
        ("authorization: Bearer secret", 200),
        ("authorization: bearer secret ", 200),
        ("authorization: Bearer  secret", 401),
        ("authorization: secret", 401),
        ("authorization: Bearer other", 401),
        ("api_key: secret", 401),
        ("x: y", 401),
    ] {
        let (its, head, body) = server.send(&path, header, "").await;
        assert_eq!(its, status, "{header}");
        assert!(status == 200 || (body == "Invalid token" && head.contains("www-authenticate: bearer")), "{head}");
    }
    // A project that is not there is not told of either, and the page is everybody's.
    assert_eq!(server.get("/s/acme/v1/projects/no").await.0, 401);
    assert!(server.get(PATH).await.1.starts_with("<!DOCTYPE html>"));
    assert_eq!(server.0.take_requests()[0].authorization.as_deref(), Some("Bearer secret"));
}

#[tokio::test]
async fn finds_projects_by_name_and_by_id() {
    let projects = ["default", "voice", "a b", "UHJvamVjdDox"].map(str::to_owned).to_vec();
    let server = Client::of(Scenario { projects, ..Scenario::default() }).await;
    for (name, found) in [
        ("voice", json!({"name": "voice", "description": null, "id": "UHJvamVjdDoy"})),
        ("a%20b", json!({"name": "a b", "description": null, "id": "UHJvamVjdDoz"})),
        // An id before a name, and Python's decoder overlooks what is not of its alphabet.
        ("UHJvamVjdDox", json!({"name": "default", "description": null, "id": "UHJvamVjdDox"})),
        ("UHJv-amVj%20dDox", json!({"name": "default", "description": null, "id": "UHJvamVjdDox"})),
    ] {
        assert_eq!(server.json(&format!("/v1/projects/{name}")).await["data"], found, "{name}");
    }
    for (name, status, says) in [
        ("Voice", 404, "Project with name Voice not found"),
        ("a+b", 404, "Project with name a+b not found"),
        ("UHJvamVjdDo5OTk=", 404, "Project with ID UHJvamVjdDo5OTk= not found"),
        ("UHJvamVjdDo5OTk5OTk5OTk5OTk5OTk5OTk5OQ==", 500, "Internal Server Error"),
    ] {
        assert_eq!(server.get(&format!("/v1/projects/{name}")).await, (status, says.to_owned()));
    }
    for (query, names, next) in [
        ("", "UHJvamVjdDox a b voice default", Value::Null),
        ("limit=2", "UHJvamVjdDox a b", json!("UHJvamVjdDoy")),
        ("limit=2&cursor=UHJvamVjdDoy", "voice default", Value::Null),
        ("name_contains=a&limit=1", "UHJvamVjdDox", json!("UHJvamVjdDoz")),
    ] {
        let list = server.json(&format!("/v1/projects?{query}")).await;
        let data = list["data"].as_array().unwrap();
        let found: Vec<&str> = data.iter().map(|project| project["name"].as_str().unwrap()).collect();
        assert_eq!((found.join(" "), &list["next_cursor"]), (names.to_owned(), &next), "{query}");
    }
}

#[tokio::test]
async fn another_scenario_takes_the_place_of_the_first() {
    let server = Client::holding([span(1, 1)]).await;
    assert_eq!(server.names(PATH).await, ["1/1"]);
    server.0.set(client::scenario([span(2, 1)]));
    assert_eq!(server.names(PATH).await, ["2/1"]);
    assert_eq!(server.0.take_requests().len(), 1);
}

#[tokio::test]
async fn a_hook_sees_every_request_and_may_answer() {
    let stand_in = StandIn::start(client::scenario([span(1, 1)])).await.unwrap();
    stand_in.hook(|number, asked, phoenix| match number {
        1 => Some(Answer::text(418, asked.value("name").unwrap_or_default())),
        2 => {
            phoenix.insert(span(1, 2));
            None
        }
        _ => Some(phoenix.answer(&Asked::get(PATH, &[("limit", "1")]))),
    });
    let server = Client(stand_in);
    assert_eq!(server.get(&format!("{PATH}?name=tea")).await, (418, "tea".to_owned()));
    assert_eq!(server.names(PATH).await, ["1/2", "1/1"]);
    assert_eq!(server.names("/anything").await, ["1/2"]);
    assert_eq!(server.0.take_requests().len(), 3);
    assert_eq!(server.0.take_requests().len(), 0);
}
