//! What an invocation holds, and through which door it came (docs/adr/0026-direct-requests-have-a-door-of-their-own.md).

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use serde_json::Value;
use spanlift_importer::direct::DirectRequest;
use spanlift_model::Timestamp;

use crate::batch::{Handler, SourceQueue, handle_batch};

/// Answers direct requests.
pub trait Direct: Send + Sync {
    /// Answers what has the shape of a direct request. `deadline` is when the function is killed.
    fn answer(&self, request: &Value, deadline: Timestamp) -> impl Future<Output = Result<Value, Error>> + Send;
}

/// Of a function that answers none.
#[derive(Clone, Copy, Debug)]
pub struct NoDirect;

impl Direct for NoDirect {
    async fn answer(&self, _: &Value, _: Timestamp) -> Result<Value, Error> {
        Err("this function answers no direct requests".into())
    }
}

/// As `DIRECT_ALIAS`: every invocation is both doors. For `cargo lambda watch`, which knows no aliases.
const ANY: &str = "*";

/// The door through which an invocation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// The queue's: batches, and nothing else.
    Queue,
    /// The alias's: direct requests, and nothing else.
    Direct,
    /// A machine of one's own.
    Both,
}

impl Door {
    /// By the qualifier of the invoked ARN: `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
    fn of(invoked_arn: &str, direct_alias: Option<&str>) -> Self {
        match direct_alias {
            Some(ANY) => Self::Both,
            Some(alias) if invoked_arn.split(':').nth(7) == Some(alias) => Self::Direct,
            // Without a name for it there is no such door.
            _ => Self::Queue,
        }
    }
}

/// Serves the function's queue, and direct requests through `direct_alias`, until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn run(
    handler: &impl Handler,
    queue: &impl SourceQueue,
    direct: &impl Direct,
    direct_alias: Option<&str>,
) -> Result<(), Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        handle(event.payload, &event.context, handler, queue, direct, direct_alias).await
    }))
    .await
}

/// What comes through the wrong door is an error of the invocation, and nothing of it is done.
async fn handle(
    payload: Value,
    context: &Context,
    handler: &impl Handler,
    queue: &impl SourceQueue,
    direct: &impl Direct,
    direct_alias: Option<&str>,
) -> Result<Value, Error> {
    let deadline = Timestamp::from_millis(i64::try_from(context.deadline).unwrap_or(i64::MAX));
    match (Door::of(&context.invoked_function_arn, direct_alias), DirectRequest::is_meant(&payload)) {
        (Door::Direct | Door::Both, true) => direct.answer(&payload, deadline).await,
        (Door::Queue, true) => Err("direct requests are answered through the function's alias for them only".into()),
        (Door::Direct, false) => Err("through this alias nothing but direct requests is answered".into()),
        (Door::Queue | Door::Both, false) => {
            let batch: SqsEvent = serde_json::from_value(payload)?;
            let response = handle_batch(batch, &context.request_id, deadline, handler, queue).await?;
            Ok(serde_json::to_value(response)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use serde_json::json;
    use spanlift_importer::{Disposition, PortError};

    use super::*;
    use crate::batch::{Message, Verdict};

    #[derive(Default)]
    struct Recorder(Mutex<Vec<String>>);

    impl Handler for Recorder {
        async fn handle(&self, message: &Message<'_>) -> Verdict {
            self.0.lock().unwrap().push(message.body.to_owned());
            Verdict::Handled(Disposition::Acknowledge)
        }
    }

    impl SourceQueue for Recorder {
        async fn set_visibility(&self, _: &str, _: Duration) -> Result<(), PortError> {
            Ok(())
        }

        async fn refuse(&self, _: &str, _: &str, _: &str) -> Result<(), PortError> {
            Ok(())
        }
    }

    impl Direct for Recorder {
        async fn answer(&self, request: &Value, _: Timestamp) -> Result<Value, Error> {
            self.0.lock().unwrap().push(request.to_string());
            Ok(json!({"ok": true}))
        }
    }

    const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:spanlift-arize";

    /// What was done of a payload; `None` where the invocation is an error.
    async fn done(payload: Value, arn: &str, direct_alias: Option<&str>) -> Option<Vec<String>> {
        let mut context = Context::default();
        arn.clone_into(&mut context.invoked_function_arn);
        let recorder = Recorder::default();
        let answer = handle(payload, &context, &recorder, &recorder, &recorder, direct_alias).await;
        let done = recorder.0.into_inner().unwrap();
        assert_eq!(answer.is_ok(), !done.is_empty(), "an error has done nothing");
        answer.ok().map(|_| done)
    }

    #[tokio::test]
    async fn each_door_answers_its_own_only() {
        let verify = || json!({"verify": {"organization_id": "acme"}});
        let batch = || json!({"Records": [{"messageId": "1", "body": "a message"}]});
        let through = |alias: &str| format!("{ARN}:{alias}");
        let direct = Some("direct");
        for (arn, alias, is_verified, is_handled) in [
            (through("direct"), direct, true, false),
            (ARN.to_owned(), direct, false, true),
            (through("$LATEST"), direct, false, true),
            (through("7"), direct, false, true),
            (through("directs"), direct, false, true),
            (format!("{ARN}-direct"), direct, false, true),
            // Without a name for the door there is none.
            (through("direct"), None, false, true),
            (ARN.to_owned(), None, false, true),
            (String::new(), direct, false, true),
            ("function-arn".to_owned(), None, false, true),
            // A machine of one's own.
            ("function-arn".to_owned(), Some("*"), true, true),
        ] {
            assert_eq!(done(verify(), &arn, alias).await.is_some(), is_verified, "verify through {arn}, {alias:?}");
            let handled = done(batch(), &arn, alias).await;
            assert_eq!(handled, is_handled.then(|| vec!["a message".to_owned()]), "batch through {arn}, {alias:?}");
        }
    }

    #[tokio::test]
    async fn what_is_neither_is_an_error() {
        for payload in [json!({}), json!([]), json!({"Records": 1}), json!({"verifies": {}}), json!(null)] {
            for (arn, alias) in [
                (ARN.to_owned(), Some("direct")),
                (format!("{ARN}:direct"), Some("direct")),
                (ARN.to_owned(), Some("*")),
            ] {
                assert_eq!(done(payload.clone(), &arn, alias).await, None, "{payload} through {arn}");
            }
        }
    }
}
