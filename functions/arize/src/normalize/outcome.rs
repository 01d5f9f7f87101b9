//! How a span ended, and why (docs/platforms/phoenix.md#5-rows).

use serde_json::Value;
use spanlift_conventions::{self as conventions, tells_of_control_flow, tells_of_tool_failure};
use spanlift_model::names::exception;
use spanlift_model::{Role, StatusCode};

use crate::record::{PhoenixEvent, PhoenixSpan};

/// An error of which no type is known, in the conventions' word.
const OTHER: &str = "_OTHER";

/// How a span ended, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome<'a> {
    pub(super) status: StatusCode,
    pub(super) message: &'a str,
    /// What kind of error ended it.
    pub(super) error_type: Option<&'a str>,
}

impl<'a> Outcome<'a> {
    pub(super) fn of(role: Role, span: &'a PhoenixSpan) -> Self {
        let last = span.events.iter().rfind(|event| event.name == exception::EVENT);
        let is_control_flow = last.map_or_else(|| tells_of_control_flow(&span.status_message), is_control_flow);
        let is_failed_tool = role == Role::ToolCall && tells_of_tool_failure(&span.attributes);
        if span.status == StatusCode::Error && !is_control_flow {
            return Self {
                status: StatusCode::Error,
                message: &span.status_message,
                error_type: last
                    .and_then(kind)
                    .filter(|kind| !kind.trim().is_empty())
                    .or(is_failed_tool.then_some(OTHER)),
            };
        }
        let status = if is_control_flow && span.status == StatusCode::Error { StatusCode::Unset } else { span.status };
        Self {
            status: if is_failed_tool { StatusCode::Error } else { status },
            message: if is_control_flow { "" } else { &span.status_message },
            error_type: is_failed_tool.then_some(OTHER),
        }
    }
}

/// Is it an exception by which a framework hands over or waits?
pub(super) fn is_control_flow(event: &PhoenixEvent) -> bool {
    let message = || event.attributes.get(exception::MESSAGE).and_then(Value::as_str);
    event.name == exception::EVENT
        && (kind(event).is_some_and(conventions::is_control_flow) || message().is_some_and(tells_of_control_flow))
}

fn kind(event: &PhoenixEvent) -> Option<&str> {
    event.attributes.get(exception::TYPE)?.as_str()
}
