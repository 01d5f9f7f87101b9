use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as SystemAttribute, QueueAttributeName,
};
use spanlift_importer::PortError;

use crate::errors::port_error;

const PORT: &str = "dead-letter queue";
/// A real queue is spread over machines, of which a request without a wait asks but some. Shorter than an attempt's
/// timeout.
const WAIT_SECONDS: i32 = 1;
/// SQS gives no more at once.
const MOST_AT_ONCE: i32 = 10;

/// The dead-letter queues, from outside: messages are taken, sent back to the queue that they came from, and deleted.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
}

/// A message as it lies in a dead-letter queue.
#[derive(Clone, Debug, Default)]
pub struct DeadLetter {
    /// Names it for as long as it lies there.
    pub message_id: String,
    /// Its text.
    pub body: String,
    /// Why it was refused; `None` when it was tried too often.
    pub reason: Option<String>,
    receipt_handle: String,
    group: Option<String>,
    attributes: HashMap<String, MessageAttributeValue>,
}

impl DeadLetter {
    /// One without a group and without attributes but its reason.
    #[must_use]
    pub fn new(message_id: &str, body: &str, reason: Option<&str>) -> Self {
        let reason = reason.map(str::to_owned);
        Self { message_id: message_id.to_owned(), body: body.to_owned(), reason, ..Self::default() }
    }
}

impl DeadLetters {
    /// So long a message that was taken is hidden from others, who may look at the queue too.
    pub const HIDDEN: Duration = Duration::from_mins(2);

    /// Those of the account that `aws` names.
    #[must_use]
    pub fn new(aws: &SdkConfig) -> Self {
        Self::with_client(Client::new(aws))
    }

    pub(crate) fn with_client(client: Client) -> Self {
        Self { client }
    }

    /// How many messages can be taken from a queue, as far as SQS knows.
    ///
    /// # Errors
    /// When the queue cannot be asked.
    pub async fn count(&self, queue_url: &str) -> Result<usize, PortError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let answer = self.client.get_queue_attributes().queue_url(queue_url).attribute_names(name.clone()).send().await;
        let answer = answer.map_err(|error| port_error(PORT, "GetQueueAttributes", &error))?;
        let count = answer.attributes().and_then(|attributes| attributes.get(&name)?.parse().ok());
        let missing =
            || PortError::Unavailable { port: PORT, detail: "GetQueueAttributes: no number of messages".into() };
        count.ok_or_else(missing)
    }

    /// Takes some messages; nobody else sees them for [`Self::HIDDEN`].
    ///
    /// # Errors
    /// When the queue cannot be asked.
    pub async fn take(&self, queue_url: &str, at_most: usize) -> Result<Vec<DeadLetter>, PortError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(queue_url)
            .max_number_of_messages(i32::try_from(at_most).unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE))
            .visibility_timeout(i32::try_from(Self::HIDDEN.as_secs()).unwrap_or(i32::MAX))
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(SystemAttribute::MessageGroupId)
            .send()
            .await;
        let answer = answer.map_err(|error| port_error(PORT, "ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().map(DeadLetter::from).collect())
    }

    /// Sends `letter` to a queue with another body, and with the group and the attributes that it had.
    ///
    /// # Errors
    /// When the queue does not take it.
    pub async fn send(&self, queue_url: &str, letter: &DeadLetter, body: String) -> Result<(), PortError> {
        let attributes = Some(letter.attributes.clone()).filter(|attributes| !attributes.is_empty());
        let sent = self
            .client
            .send_message()
            .queue_url(queue_url)
            .message_body(body)
            .set_message_group_id(letter.group.clone())
            .set_message_attributes(attributes)
            .send()
            .await;
        sent.map(drop).map_err(|error| port_error(PORT, "SendMessage", &error))
    }

    /// Deletes a message that was taken.
    ///
    /// # Errors
    /// When the queue does not do so: the message can be taken again later.
    pub async fn delete(&self, queue_url: &str, letter: &DeadLetter) -> Result<(), PortError> {
        let request = self.client.delete_message().queue_url(queue_url).receipt_handle(&letter.receipt_handle);
        request.send().await.map(drop).map_err(|error| port_error(PORT, "DeleteMessage", &error))
    }

    /// Lets others see a message that was taken and stays.
    ///
    /// # Errors
    /// When the queue does not do so: they see it later by itself.
    pub async fn put_back(&self, queue_url: &str, letter: &DeadLetter) -> Result<(), PortError> {
        let request = self.client.change_message_visibility().queue_url(queue_url).visibility_timeout(0);
        let done = request.receipt_handle(&letter.receipt_handle).send().await;
        done.map(drop).map_err(|error| port_error(PORT, "ChangeMessageVisibility", &error))
    }
}

impl From<Message> for DeadLetter {
    fn from(message: Message) -> Self {
        let attributes = message.message_attributes.unwrap_or_default();
        let mut system = message.attributes.unwrap_or_default();
        Self {
            message_id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            // The attribute itself counts, whatever it holds.
            reason: attributes.get("reason").map(|reason| reason.string_value().unwrap_or_default().to_owned()),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            group: system.remove(&SystemAttribute::MessageGroupId),
            attributes,
        }
    }
}
