//! What becomes of a request: first what an administrator asks, then faults, then LangSmith.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::answer::{self, Answer, Answered};
use crate::asked::Asked;
use crate::limits::RateLimits;
use crate::scenario::{Endpoint, Fault, Scenario};
use crate::store::Store;
use crate::{keys, projects, v1, v2};

#[derive(Debug)]
pub(crate) struct State {
    scenario: Scenario,
    store: Store,
    limits: RateLimits,
    set_at: Instant,
    asked: Vec<Asked>,
}

impl State {
    pub(crate) fn new(mut scenario: Scenario) -> Self {
        let store = Store::new(&mut scenario);
        Self { limits: RateLimits::default(), store, scenario, set_at: Instant::now(), asked: Vec::new() }
    }

    pub(crate) fn asked(&self) -> &[Asked] {
        &self.asked
    }

    pub(crate) fn answer(&mut self, mut asked: Asked) -> Answer {
        if asked.path.starts_with("/_") {
            return self.administer(&asked);
        }
        let answer = match self.fault(&asked) {
            Some(fault) => fault,
            None => self.route(&asked).unwrap_or_else(|error| error),
        };
        asked.status = answer.status;
        self.asked.push(asked);
        answer
    }

    fn administer(&mut self, asked: &Asked) -> Answer {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("PUT", "/_scenario") => match serde_json::from_slice(&asked.raw_body) {
                Ok(scenario) => {
                    *self = Self::new(scenario);
                    Answer::text(204, "text/plain", "")
                }
                Err(error) => Answer::json(400, &json!({"detail": error.to_string()})),
            },
            ("GET", "/_requests") => Answer::json(200, &json!(self.asked)),
            ("GET", "/_health") => Answer::json(200, &json!({"status": "ok"})),
            _ => answer::no_route(),
        }
    }

    fn fault(&mut self, asked: &Asked) -> Option<Answer> {
        let body = String::from_utf8_lossy(&asked.raw_body);
        let is_meant = |fault: &&mut Fault| {
            fault.times != Some(0) && asked.path.ends_with(&fault.path) && body.contains(&fault.body_holds)
        };
        let fault = self.scenario.faults.iter_mut().find(is_meant)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times = fault.times.map(|times| times - 1);
        let mut answer = if fault.body.is_empty() {
            answer::usual(fault.status)
        } else {
            Answer::text(fault.status, "application/json", &fault.body)
        };
        answer.after = Duration::try_from_secs_f64(fault.after).unwrap_or_default();
        for (name, value) in &fault.headers {
            answer.headers.retain(|(known, _)| known != name);
            answer = answer.with_header(name, value);
        }
        Some(answer)
    }

    fn route(&mut self, asked: &Asked) -> Answered {
        if self.scenario.is_user_interface {
            return Ok(answer::login_page());
        }
        // The cloud's edge refuses agents without a name (docs/platforms/langsmith.md#12-headers-and-keys).
        if asked.header("user-agent").is_none_or(str::is_empty) {
            return Err(answer::firewall());
        }
        let path = asked.path.strip_prefix("/api/v1").unwrap_or(&asked.path);
        match (asked.method.as_str(), path) {
            ("GET", "/info") => Ok(Answer::json(200, &json!({"version": self.scenario.version}))),
            ("GET", "/public/download") => self.download(asked),
            ("GET", "/sessions") => projects::list(&self.scenario, asked),
            ("GET", "/api/v2/sessions") => projects::list_v2(&self.scenario, asked),
            ("GET", path) if path.starts_with("/sessions/") => projects::one(&self.scenario, asked, path),
            ("POST", "/runs/query") => self.query_v1(asked),
            ("POST", "/api/v2/runs/query") => self.query_v2(asked),
            (_, "/runs/query" | "/api/v2/runs/query") => Err(answer::method_not_allowed()),
            _ => Err(answer::no_route()),
        }
    }

    fn query_v1(&mut self, asked: &Asked) -> Answered {
        served(self.scenario.v1)?;
        let tenant = keys::tenant_of(&self.scenario, asked)?.id.clone();
        let has_start = asked.body.get("start_time").is_some_and(|time| !time.is_null());
        self.limits.take_v1(&tenant, has_start, &self.scenario.limits)?;
        let elapsed = self.set_at.elapsed();
        v1::query(&self.scenario, &self.store.seen_by(&tenant, elapsed), &asked.body)
    }

    fn query_v2(&mut self, asked: &Asked) -> Answered {
        served(self.scenario.v2)?;
        let tenant = keys::tenant_of(&self.scenario, asked)?.id.clone();
        self.limits.take_v2(&tenant, &self.scenario.limits)?;
        let elapsed = self.set_at.elapsed();
        v2::query(&self.scenario, &self.store.seen_by(&tenant, elapsed), &asked.body)
    }

    /// The address bears its own permission; a key beside it is one too many, as for blob storage (docs/platforms/langsmith.md#53-offloaded-payloads).
    fn download(&self, asked: &Asked) -> Answered {
        if asked.has_key {
            return Err(Answer::text(400, "application/xml", "<Error><Code>InvalidArgument</Code></Error>"));
        }
        let token = asked.value("jwt").unwrap_or_default();
        let payload = self.store.payload(token).ok_or_else(|| Answer::json(404, &Value::Null))?;
        Ok(Answer::json(200, payload))
    }
}

fn served(endpoint: Endpoint) -> Result<(), Answer> {
    match endpoint {
        Endpoint::Served => Ok(()),
        Endpoint::NotFound => Err(answer::no_route()),
        Endpoint::MethodNotAllowed => Err(answer::method_not_allowed()),
        Endpoint::NotImplemented => Err(answer::not_implemented()),
    }
}
