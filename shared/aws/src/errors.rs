use std::error::Error;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use spanlift_importer::PortError;

/// As much of a service's message as is passed on.
const LONGEST_MESSAGE: usize = 300;

/// What became of `asked`: an answer that says no is [`PortError::Unavailable`], no answer is [`PortError::Uncertain`].
pub(crate) fn port_error<E, R>(port: &'static str, asked: &str, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    let unavailable = |what: &str| PortError::Unavailable { port, detail: format!("{asked}: {what}") };
    let uncertain = |what: &str| PortError::Uncertain { port, detail: format!("{asked}: {what}") };
    match error {
        SdkError::ServiceError(answer) => unavailable(&service_answer(answer.err())),
        SdkError::ConstructionFailure(_) => unavailable("the request could not be made"),
        SdkError::TimeoutError(_) => uncertain("no answer in time"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => uncertain("no answer in time"),
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().map(|error| root_cause(error)).unwrap_or_default();
            uncertain(&format!("no answer ({cause})"))
        }
        _ => uncertain("an answer that cannot be read"),
    }
}

/// Code and message. A refused signature's message quotes the signed headers, among them a session token.
fn service_answer(error: &impl ProvideErrorMetadata) -> String {
    let code = error.code().unwrap_or("an error without a code");
    match error.message() {
        Some(message) if !code.contains("Signature") => format!("{code}: {}", cut(message)),
        _ => code.to_owned(),
    }
}

fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cut(&cause.to_string()).to_owned()
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_MESSAGE)).unwrap_or_default()
}
