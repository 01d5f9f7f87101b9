use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use spanlift_importer::ports::Queue;
use spanlift_importer::{Outcome, PortError};
use spanlift_model::{ImportJob, Provider};

use crate::errors::port_error;

const PORT: &str = "queue";
/// The longest that SQS delays a message.
const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// The longest that SQS hides one.
const LONGEST_VISIBILITY: Duration = Duration::from_hours(12);
/// A reason for a person, not a log.
const LONGEST_ATTRIBUTE: usize = 1000;

/// The queues that a function works with.
#[derive(Clone, Debug)]
pub struct QueueUrls {
    /// The one that feeds it.
    pub own: String,
    /// Where messages go that can never be done.
    pub dead_letter: String,
    /// Where outcomes are announced, if anywhere.
    pub outcomes: Option<String>,
}

/// A function's queues on SQS: standard ones, fair by organization.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    urls: QueueUrls,
    imports: Option<BTreeMap<Provider, String>>,
}

impl Queues {
    /// The queues of an importer: it sends jobs to its own.
    #[must_use]
    pub fn new(aws: &SdkConfig, urls: QueueUrls) -> Self {
        Self::with_client(Client::new(aws), urls)
    }

    /// The queues of fanout: it sends jobs to `imports`, each provider's own, and to none that is not there.
    #[must_use]
    pub fn with_imports(self, imports: BTreeMap<Provider, String>) -> Self {
        Self { imports: Some(imports), ..self }
    }

    pub(crate) fn with_client(client: Client, urls: QueueUrls) -> Self {
        Self { client, urls, imports: None }
    }

    /// Puts a message that can never be done into the dead-letter queue, with the reason as an attribute.
    ///
    /// # Errors
    /// When the queue cannot be written to.
    pub async fn refuse(&self, body: &str, reason: &str, detail: &str) -> Result<(), PortError> {
        self.put_aside(body, None, [("reason", reason), ("detail", detail)]).await
    }

    async fn put_aside(&self, body: &str, group: Option<&str>, attributes: [(&str, &str); 2]) -> Result<(), PortError> {
        // What SQS would not take could never be put aside.
        let body = if body.is_empty() { "(empty)".to_owned() } else { legal(body) };
        let mut request = self
            .client
            .send_message()
            .queue_url(&self.urls.dead_letter)
            .message_body(body)
            .set_message_group_id(group.map(str::to_owned));
        for (name, text) in attributes {
            request = request.message_attributes(name, attribute(text)?);
        }
        request.send().await.map(drop).map_err(|error| port_error(PORT, "SendMessage of a dead letter", &error))
    }

    /// Lets the message of `receipt_handle` be seen again after `duration`.
    ///
    /// # Errors
    /// When SQS does not take it; the queue's own visibility timeout holds then.
    pub async fn set_visibility(&self, receipt_handle: &str, duration: Duration) -> Result<(), PortError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.urls.own)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds(duration.min(LONGEST_VISIBILITY)))
            .send()
            .await
            .map(drop)
            .map_err(|error| port_error(PORT, "ChangeMessageVisibility", &error))
    }

    fn import_queue(&self, provider: &Provider) -> Result<&str, PortError> {
        let Some(imports) = &self.imports else {
            return Ok(&self.urls.own);
        };
        let missing =
            || PortError::Unavailable { port: PORT, detail: format!("no queue is configured for {provider}") };
        imports.get(provider).map(String::as_str).ok_or_else(missing)
    }

    async fn send_json(
        &self,
        url: &str,
        body: String,
        group: &str,
        delay: Duration,
        asked: &str,
    ) -> Result<(), PortError> {
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .message_group_id(group)
            .delay_seconds(seconds(delay.min(LONGEST_DELAY)))
            .send()
            .await
            .map(drop)
            .map_err(|error| port_error(PORT, asked, &error))
    }
}

impl Queue for Queues {
    async fn send(&self, job: &ImportJob, delay: Duration) -> Result<(), PortError> {
        let url = self.import_queue(&job.provider)?;
        let group = job.event.organization_id.as_str();
        self.send_json(url, json(job)?, group, delay, "SendMessage of a job").await
    }

    /// Not under `reason`, which is for messages that can never be done: this one may be sent back.
    async fn dead_letter(&self, job: &ImportJob, reason: &str, detail: &str) -> Result<(), PortError> {
        let group = job.event.organization_id.as_str();
        self.put_aside(&json(job)?, Some(group), [("failed", reason), ("detail", detail)]).await
    }

    async fn announce(&self, outcome: &Outcome) -> Result<(), PortError> {
        let Some(url) = &self.urls.outcomes else { return Ok(()) };
        self.send_json(url, json(outcome)?, &outcome.organization_id, Duration::ZERO, "SendMessage of an outcome").await
    }
}

/// JSON that SQS takes: the two characters that it would refuse, and that JSON has only within texts, are escaped.
fn json(message: &impl serde::Serialize) -> Result<String, PortError> {
    serde_json::to_string(message)
        .map(|text| text.replace('\u{FFFE}', "\\ufffe").replace('\u{FFFF}', "\\uffff"))
        .map_err(|error| PortError::Unavailable { port: PORT, detail: error.to_string() })
}

fn attribute(text: &str) -> Result<MessageAttributeValue, PortError> {
    let text = legal(text.get(..text.floor_char_boundary(LONGEST_ATTRIBUTE)).unwrap_or_default());
    let text = if text.is_empty() { "-".to_owned() } else { text };
    let built = MessageAttributeValue::builder().data_type("String").string_value(text).build();
    built.map_err(|error| PortError::Unavailable { port: PORT, detail: error.to_string() })
}

/// SQS takes the characters of XML 1.0 and refuses a message with any other.
fn legal(text: &str) -> String {
    let is_legal = |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().map(|character| if is_legal(character) { character } else { '\u{FFFD}' }).collect()
}

/// Whole seconds, never less than asked: a message that comes early would only be sent back.
fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(i32::MAX)
}
