//! How a span ended, and why.

use spanlift_model::names::exception;
use spanlift_model::{Role, StatusCode};

use crate::answer::stated_reasons;
use crate::failure::{Failure, is_control_flow, tells_of_control_flow, tells_of_interruption, tells_of_tool_failure};
use crate::sent::{SentEvent, SentSpan};

/// An error of which no type is known, in the conventions' word.
const OTHER: &str = "_OTHER";

/// Why an answer finished that broke off: the conventions' word, which the AI SDK writes and leaves the status unset.
const FAILED: &str = "error";

/// How a span ended, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) status: StatusCode,
    /// Without the stack.
    pub(crate) message: &'a str,
    /// What kind of error ended it.
    pub(crate) error_type: Option<&'a str>,
}

impl<'a> Outcome<'a> {
    /// The control flow of a framework is no error. A tool that says that it failed did, whatever the status says, and so did a model
    /// whose answer ended with an error, unless somebody broke in.
    pub(crate) fn of(role: Role, span: &'a SentSpan) -> Self {
        let last = span.events.iter().rfind(|event| event.name == exception::EVENT);
        let by_message = || !span.status_message.is_empty() && tells_of_control_flow(&span.status_message);
        let is_control_flow = last.map_or_else(by_message, hands_over);
        let is_failed_tool = role == Role::ToolCall && tells_of_tool_failure(&span.attributes);
        let is_failed_call = role == Role::ModelCall
            && stated_reasons(span).iter().any(|reason| reason == FAILED)
            && !tells_of_interruption(&span.attributes);
        let is_error = (span.status == StatusCode::Error && !is_control_flow) || is_failed_tool || is_failed_call;
        let failure = Some(span.status_message.as_str()).filter(|message| !message.is_empty()).map(Failure::read);
        let with_stack = failure.filter(|failure| failure.stack.is_some());
        let message = with_stack.map_or(span.status_message.as_str(), |failure| failure.message);
        let stated = || last.and_then(kind).or_else(|| with_stack?.kind);
        Self {
            status: match span.status {
                _ if is_error => StatusCode::Error,
                StatusCode::Error => StatusCode::Unset,
                status => status,
            },
            message: if is_control_flow { "" } else { message },
            error_type: is_error.then(|| stated().or_else(|| exception_in(message)).unwrap_or(OTHER)),
        }
    }
}

/// Is it an exception by which a framework hands over or waits?
pub(crate) fn hands_over(event: &SentEvent) -> bool {
    let by_message = || event.attributes.get(exception::MESSAGE).is_some_and(tells_of_control_flow);
    event.name == exception::EVENT && kind(event).map_or_else(by_message, is_control_flow)
}

fn kind(event: &SentEvent) -> Option<&str> {
    event.attributes.get(exception::TYPE).filter(|kind| !kind.trim().is_empty())
}

/// The exception that a message names last: `openai.APITimeoutError: Request timed out.`
fn exception_in(message: &str) -> Option<&str> {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
    let is_exception =
        |word: &&str| ["Error", "Exception"].iter().any(|end| word.ends_with(end) && word.len() > end.len());
    message.split(|character: char| !is_part(character)).rfind(is_exception)
}
