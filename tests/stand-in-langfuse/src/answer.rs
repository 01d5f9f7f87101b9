//! Answers: JSON, and every error body that was recorded (docs/platforms/langfuse.md#92-statuses).

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

/// The recorded errors by name; each `{status, headers, body, note?}`.
pub const ERRORS: &[(&str, &str)] = &[
    ("400-filter-column", include_str!("../errors/400-filter-column.json")),
    ("400-filter-json", include_str!("../errors/400-filter-json.json")),
    ("400-zod", include_str!("../errors/400-zod.json")),
    ("401-bad-header", include_str!("../errors/401-bad-header.json")),
    ("401-invalid-credentials", include_str!("../errors/401-invalid-credentials.json")),
    ("401-no-header", include_str!("../errors/401-no-header.json")),
    ("403-org-key", include_str!("../errors/403-org-key.json")),
    ("403-projects-org-key", include_str!("../errors/403-projects-org-key.json")),
    ("404-html", include_str!("../errors/404-html.json")),
    ("404-trace", include_str!("../errors/404-trace.json")),
    ("404-v1-events-only-cloud", include_str!("../errors/404-v1-events-only-cloud.json")),
    ("404-v1-events-only", include_str!("../errors/404-v1-events-only.json")),
    ("404-v2-not-v4", include_str!("../errors/404-v2-not-v4.json")),
    ("405", include_str!("../errors/405.json")),
    ("422-clickhouse", include_str!("../errors/422-clickhouse.json")),
    ("422-payload", include_str!("../errors/422-payload.json")),
    ("429-old-server-text", include_str!("../errors/429-old-server-text.json")),
    ("429-v1-traces", include_str!("../errors/429-v1-traces.json")),
    ("429-v2", include_str!("../errors/429-v2.json")),
    ("500", include_str!("../errors/500.json")),
    ("503-auth-db", include_str!("../errors/503-auth-db.json")),
    ("503-health", include_str!("../errors/503-health.json")),
    ("524-cloudflare", include_str!("../errors/524-cloudflare.json")),
];

const JSON: &str = "application/json; charset=utf-8";

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

/// An answer on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), JSON.to_owned())], body: with_raw(body.to_string()) }
    }

    /// A recorded error; one that is not there is a mistake in the scenario, and says so.
    pub(crate) fn recorded(name: &str) -> Self {
        let text = ERRORS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        let Some(Ok(recorded)) = text.map(serde_json::from_str::<Value>) else {
            return Self::json(599, &json!({"message": format!("the stand-in has no recorded error {name}")}));
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let headers = recorded.get("headers").and_then(Value::as_object);
        Self {
            status: recorded
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(599),
            headers: headers.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect(),
            body: recorded.get("body").map(text).unwrap_or_default(),
        }
    }

    /// 400 of the parameter schema.
    pub(crate) fn invalid(parameter: &str, message: &str) -> Self {
        let issue = json!({"code": "custom", "path": [parameter], "message": message});
        Self::json(400, &json!({"message": "Invalid request data", "error": [issue]}))
    }

    /// 400 of everything behind the schema.
    pub(crate) fn refused(message: &str) -> Self {
        Self::json(400, &json!({"message": message, "error": "InvalidRequestError"}))
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response =
            Response::builder().status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::IM_A_TEAPOT));
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap_or_default()
    }
}
