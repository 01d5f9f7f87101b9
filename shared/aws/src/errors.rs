use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use spanlift_importer::PortError;

/// As much of a service's message as is passed on.
const LONGEST_MESSAGE: usize = 300;

/// What became of `asked`: an answer that says no is [`PortError::Unavailable`], no answer is [`PortError::Uncertain`],
/// and what could not be signed was never asked ([`PortError::NoCredentials`]).
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
            let causes = failure.as_connector_error().map(|error| causes(error)).unwrap_or_default();
            let root = causes.last().map(ToString::to_string).unwrap_or_default();
            if causes.iter().any(|cause| cause.is::<CredentialsError>()) {
                return PortError::NoCredentials { detail: root };
            }
            uncertain(&format!("no answer ({})", cut(&root)))
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

/// An error and what caused it, the deepest last.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        causes.push(deeper);
        cause = deeper;
    }
    causes
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_MESSAGE)).unwrap_or_default()
}
