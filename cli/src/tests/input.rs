use serde_json::json;
use spanlift_model::Refusal;

use super::made_up::EVENT;
use crate::input::{InputError, messages, read};

fn enveloped() -> String {
    let detail: serde_json::Value = serde_json::from_str(EVENT).unwrap();
    json!({"source": "coval.simulations", "detail-type": "Simulation Completed", "detail": detail}).to_string()
}

#[test]
fn an_event_is_taken_bare_enveloped_and_in_a_batch() {
    let batch = json!({"Records": [{"messageId": "1", "body": EVENT}, {"body": enveloped()}]}).to_string();
    let received = json!({"Messages": [{"MessageId": "1", "Body": EVENT}]}).to_string();

    for (text, count) in [(EVENT.to_owned(), 1), (enveloped(), 1), (batch, 2), (received, 1)] {
        let messages = messages(&text).unwrap();
        assert_eq!(messages.len(), count, "{text}");
        assert!(messages.iter().all(|message| message.event.is_ok()), "{text}");
    }
}

#[test]
fn one_bad_message_does_not_spoil_its_batch() {
    let batch = json!({"Records": [{"body": "no JSON"}, {"body": EVENT}, {"no": "body"}]}).to_string();

    let messages = messages(&batch).unwrap();

    assert_eq!(messages[0].event, Err(Refusal::BadJson));
    assert!(messages[1].event.is_ok());
    assert_eq!(messages[2].event, Err(Refusal::BadJson));
}

#[test]
fn an_empty_batch_and_a_missing_file_are_said_to_be_so() {
    assert!(matches!(messages("{\"Records\": []}"), Err(InputError::NoMessage)));
    let missing = read("/no/such/event.json".as_ref()).unwrap_err();
    assert!(missing.to_string().starts_with("/no/such/event.json: "));
}
