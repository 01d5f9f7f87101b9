use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use spanlift_model::{OrganizationId, Refusal, SimulationCompleted};

use super::answer::Refused;

/// A request that a person sends directly to a provider's function (not through its queue).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectRequest {
    /// Check whether a connection works.
    Verify(VerifyRequest),
    /// Say what an import would do if its last pass ran now. The value is the event that starts the import.
    Preview(#[schemars(with = "Value", extend("$ref" = "event.schema.json"))] SimulationCompleted),
}

/// The connection to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// The organization's id.
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9_-]{1,64}$"))]
    pub organization_id: OrganizationId,
    /// The id of the secret's version to check. Without it, the current version is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z0-9-]{32,64}$"))]
    pub version: Option<String>,
    /// If a tag is found, write to the ledger that the connection's traces are tagged; unless its `correlation` is `window`, imports then never go by time alone. Nothing else is ever written.
    #[serde(default)]
    pub learn: bool,
}

impl DirectRequest {
    /// Has it the shape of a direct request, sound or not: an object with `verify` or `preview` and nothing else?
    #[must_use]
    pub fn is_meant(payload: &Value) -> bool {
        member(payload).is_some()
    }

    /// Reads what has the shape of a direct request.
    ///
    /// # Errors
    /// [`Refused`] with the word of the rule that it breaks, as for a message of a queue.
    pub fn parse(payload: &Value) -> Result<Self, Refused> {
        match member(payload) {
            Some(("verify", asked)) => {
                let request: VerifyRequest = serde_json::from_value(asked.clone())
                    .map_err(|error| Refused::new("bad_field", format!("\"verify\": {}", short(&error))))?;
                request.check().map(Self::Verify)
            }
            Some((_, event)) => {
                SimulationCompleted::parse(&event.to_string()).map(Self::Preview).map_err(|refusal| refused(&refusal))
            }
            None => Err(Refused::new("bad_json", "there is neither a \"verify\" nor a \"preview\" in it".to_owned())),
        }
    }
}

impl VerifyRequest {
    fn check(self) -> Result<Self, Refused> {
        let is_id = |version: &String| {
            (32..=64).contains(&version.len())
                && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if self.version.as_ref().is_none_or(is_id) {
            return Ok(self);
        }
        Err(Refused::new("bad_field", "\"version\": is no id of a secret's version".to_owned()))
    }
}

fn member(payload: &Value) -> Option<(&str, &Value)> {
    let members: &Map<String, Value> = payload.as_object().filter(|members| members.len() == 1)?;
    let (name, value) = members.iter().next()?;
    matches!(name.as_str(), "verify" | "preview").then_some((name.as_str(), value))
}

fn refused(refusal: &Refusal) -> Refused {
    Refused::new(refusal.reason(), refusal.to_string())
}

/// What is wrong, and little of what was sent: it may be long, and its sender may have put anything into it.
fn short(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    spanlift_model::cut(&mut text, 300);
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refused_request_says_which_rule_it_breaks() {
        for (payload, reason, text) in [
            (json!({"verify": {}}), "bad_field", "organization_id"),
            (json!({"verify": {"organization_id": "a/b"}}), "bad_field", "verify"),
            (json!({"verify": {"organization_id": "acme", "version": "AWSPENDING"}}), "bad_field", "version"),
            (json!({"verify": {"organization_id": "acme", "host": "x"}}), "bad_field", "host"),
            (json!({"verify": "acme"}), "bad_field", "verify"),
            (json!({"preview": {}}), "unknown_version", "version"),
            (json!({"preview": {"version": "1", "status": "RUNNING"}}), "ignored_status", "not imported"),
            (json!({"preview": 7}), "bad_json", "JSON object"),
        ] {
            assert!(DirectRequest::is_meant(&payload), "{payload}");
            let refused = DirectRequest::parse(&payload).unwrap_err();
            assert_eq!(refused.reason, reason, "{payload}");
            assert!(refused.advice.contains(text) && refused.advice.len() < 500, "{payload}: {refused:?}");
        }
        let long = DirectRequest::parse(&json!({"verify": {"organization_id": "x".repeat(1 << 20)}})).unwrap_err();
        assert!(long.advice.len() < 400);
    }

    #[test]
    fn other_shapes_are_none() {
        for payload in [
            json!(null),
            json!([]),
            json!({}),
            json!({"Records": []}),
            json!({"verify": {}, "preview": {}}),
            json!({"verify": {}, "Records": []}),
        ] {
            assert!(!DirectRequest::is_meant(&payload), "{payload}");
        }
    }
}
