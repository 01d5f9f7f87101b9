use std::time::Duration;

use spanlift_model::{FailureReason, PlatformError};

/// What a person should do, as a sentence for each case in which a platform's status means the same everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Advice<'a> {
    /// The key is unknown (401).
    pub unauthorized: &'a str,
    /// The key may not do this (403).
    pub forbidden: &'a str,
    /// What was asked for is not there (404, 410).
    pub not_found: &'a str,
    /// What answers is not the platform's API (3xx, 405).
    pub wrong_host: &'a str,
}

/// What a status means on most platforms; `None` when it is a success. A provider's own cases come first.
#[must_use]
pub(crate) fn status_error(status: u16, retry_after: Option<Duration>, advice: &Advice<'_>) -> Option<PlatformError> {
    let error = match status {
        200..=299 => return None,
        401 => PlatformError::Unauthorized { advice: advice.unauthorized.to_owned() },
        403 => PlatformError::Forbidden { advice: advice.forbidden.to_owned() },
        404 | 410 => PlatformError::NotFound { advice: advice.not_found.to_owned() },
        300..=399 | 405 => {
            PlatformError::Refused { reason: FailureReason::WrongHost, advice: advice.wrong_host.to_owned() }
        }
        429 => PlatformError::RateLimited { retry_after },
        408 | 504 | 524 => PlatformError::Timeout,
        425 | 500.. => PlatformError::Unavailable { status, retry_after },
        _ => PlatformError::Malformed { problem: format!("the platform refused our request with status {status}") },
    };
    Some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVICE: Advice<'_> = Advice { unauthorized: "u", forbidden: "f", not_found: "n", wrong_host: "w" };

    #[test]
    fn says_what_can_be_done_about_a_status() {
        let wait = Some(Duration::from_secs(7));
        for (statuses, error) in [
            (&[200, 204, 206][..], None),
            (&[401], Some(PlatformError::Unauthorized { advice: "u".into() })),
            (&[403], Some(PlatformError::Forbidden { advice: "f".into() })),
            (&[404, 410], Some(PlatformError::NotFound { advice: "n".into() })),
            (
                &[300, 301, 302, 303, 304, 307, 308, 405],
                Some(PlatformError::Refused { reason: FailureReason::WrongHost, advice: "w".into() }),
            ),
            (&[429], Some(PlatformError::RateLimited { retry_after: wait })),
            (&[408, 504, 524], Some(PlatformError::Timeout)),
        ] {
            for status in statuses {
                assert_eq!(status_error(*status, wait, &ADVICE), error, "{status}");
            }
        }
        for status in [425, 500, 501, 502, 503, 520, 599, 999] {
            let unavailable = |retry_after| Some(PlatformError::Unavailable { status, retry_after });
            assert_eq!(status_error(status, None, &ADVICE), unavailable(None));
            assert_eq!(status_error(status, wait, &ADVICE), unavailable(wait));
        }
        for status in [100, 400, 402, 406, 409, 413, 422, 451] {
            let error = status_error(status, None, &ADVICE).unwrap();
            assert!(
                matches!(&error, PlatformError::Malformed { .. }) && error.to_string().contains(&status.to_string())
            );
        }
    }
}
