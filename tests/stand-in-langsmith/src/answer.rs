//! Answers, and the bodies of errors as LangSmith words them (docs/platforms/langsmith.md#82-statuses; `bodies/`:
//! samples, which say which wording is verbatim).

use std::time::Duration;

use serde_json::{Value, json};

/// Texts in place of which JSON is told that no JSON library takes: a number, half of a surrogate pair, 200 levels.
pub const RAW: [&str; 3] = ["raw: 1e400", "raw: a surrogate", "raw: 200 levels"];

fn with_raw(body: String) -> String {
    if !body.contains("\"raw: ") {
        return body;
    }
    let levels = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let told = ["1e400", "\"\\ud83d\"", &levels];
    RAW.iter().zip(told).fold(body, |body, (name, told)| body.replace(&format!("\"{name}\""), told))
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How long it takes to come.
    pub(crate) after: Duration,
}

/// An error is an answer as well.
pub(crate) type Answered = Result<Answer, Answer>;

macro_rules! bodies {
    ($($name:ident = $status:literal $file:literal;)*) => {
        $(pub(crate) fn $name() -> Answer {
            Answer::text($status, "application/json", include_str!(concat!("../bodies/", $file)))
        })*
    };
}

bodies! {
    bad_filter = 400 "400_filter.json";
    bad_limit = 400 "400_limit.json";
    no_scope = 400 "400_scope.json";
    unknown_key = 401 "401.json";
    legacy_key = 401 "401_legacy_key.json";
    forbidden = 403 "403.json";
    no_workspace = 403 "403_org_scoped.json";
    no_route = 404 "404.json";
    no_session = 404 "404_session.json";
    not_a_session_id = 422 "422_session_uuid.json";
    too_many = 429 "429.json";
    broken = 500 "500.json";
    not_implemented = 501 "501.json";
}

/// What LangSmith says with a status.
pub(crate) fn usual(status: u16) -> Answer {
    match status {
        400 => bad_filter(),
        401 => unknown_key(),
        403 => forbidden(),
        404 => no_route(),
        405 => method_not_allowed(),
        429 => too_many(),
        500 => broken(),
        501 => not_implemented(),
        status => Answer::text(status, "text/plain", ""),
    }
}

/// What a proxy in front of LangSmith says to whom it does not like.
pub(crate) fn firewall() -> Answer {
    Answer::text(403, "text/html", include_str!("../bodies/403_waf.html"))
}

pub(crate) fn method_not_allowed() -> Answer {
    Answer::json(405, &json!({"detail": "Method Not Allowed"}))
}

/// What a browser gets.
pub(crate) fn login_page() -> Answer {
    Answer::text(
        200,
        "text/html; charset=utf-8",
        "<!doctype html><html><head><title>LangSmith</title></head><body><div id=\"root\"></div></body></html>",
    )
}

/// What `FastAPI` says of a body that is not what its schema wants.
pub(crate) fn unprocessable(location: &[Value], message: &str, input: &Value) -> Answer {
    let mut whole = vec![json!("body")];
    whole.extend_from_slice(location);
    Answer::json(422, &json!({"detail": [{"type": "value_error", "loc": whole, "msg": message, "input": input}]}))
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &with_raw(body.to_string()))
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.as_bytes().to_vec(),
            after: Duration::ZERO,
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
