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
        assert!(messages.iter().all(|message| message.content.is_ok()), "{text}");
    }
}

#[test]
fn what_names_a_provider_is_a_job() {
    let job = EVENT.replacen('{', r#"{"provider": "arize", "#, 1);
    let batch =
        json!({"Records": [{"body": EVENT}, {"body": job}, {"body": job.replace("arize", "No Such")}]}).to_string();

    let [event, job, bad] = messages(&batch).unwrap().try_into().unwrap();

    assert!(!event.content.unwrap().is_job());
    assert!(job.content.unwrap().is_job());
    assert!(matches!(bad.content, Err(Refusal::BadField { field: "job", .. })));
}

#[test]
fn one_bad_message_does_not_spoil_its_batch() {
    let batch = json!({"Records": [{"body": "no JSON"}, {"body": EVENT}, {"no": "body"}]}).to_string();

    let messages = messages(&batch).unwrap();

    assert_eq!(messages[0].content, Err(Refusal::BadJson));
    assert!(messages[1].content.is_ok());
    assert_eq!(messages[2].content, Err(Refusal::BadJson));
}

#[test]
fn an_empty_batch_and_a_missing_file_are_said_to_be_so() {
    assert!(matches!(messages("{\"Records\": []}"), Err(InputError::NoMessage)));
    let missing = read("/no/such/event.json".as_ref()).unwrap_err();
    assert!(missing.to_string().starts_with("/no/such/event.json: "));
}
