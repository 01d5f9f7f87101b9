use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use aws_smithy_mocks::{RuleMode, mock, mock_client};

use crate::DeadLetters;

fn attribute(text: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(text).build().unwrap()
}

#[tokio::test]
async fn a_message_goes_back_with_its_group_and_attributes() {
    let take = mock!(Client::receive_message)
        .match_requests(|request| {
            request.queue_url() == Some("https://dead")
                && request.max_number_of_messages() == Some(10)
                && request.visibility_timeout() == Some(120)
        })
        .then_output(|| {
            let message = Message::builder()
                .message_id("id-1")
                .body("text")
                .attributes(MessageSystemAttributeName::MessageGroupId, "org-1")
                .message_attributes("trace", attribute("t"));
            let refused = Message::builder().message_id("id-2").message_attributes("reason", attribute("bad_json"));
            ReceiveMessageOutput::builder().messages(message.build()).messages(refused.build()).build()
        });
    let send = mock!(Client::send_message)
        .match_requests(|request| {
            request.queue_url() == Some("https://own")
                && request.message_body() == Some("another text")
                && request.message_group_id() == Some("org-1")
                && request.message_attributes().is_some_and(|attributes| attributes["trace"] == attribute("t"))
        })
        .then_output(|| SendMessageOutput::builder().build());
    let dead_letters = DeadLetters::with_client(mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &[&take, &send]));

    let letters = dead_letters.take("https://dead", 1000).await.unwrap();

    let read: Vec<_> = letters.iter().map(|letter| (letter.message_id.as_str(), letter.reason.as_deref())).collect();
    assert_eq!(read, [("id-1", None), ("id-2", Some("bad_json"))]);
    dead_letters.send("https://own", &letters[0], "another text".to_owned()).await.unwrap();
    assert_eq!(send.num_calls(), 1);
}
