//! What an error of `ClickHouse` means: by its exception code, since its HTTP status says little and its text can quote
//! rows. Names and numbers as in `system.errors` of 26.5; which of them pass by themselves, as the vendor's own Kafka
//! connector has it, and what its documentation says of the others.

use clickhouse::error::Error;
use hyper_util::client::legacy::Error as TransportError;
use spanlift_importer::PortError;

/// The port's name in errors.
const PORT: &str = "trace store";

/// What an error leaves us with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may have been done: the answer is lost.
    Lost,
    /// It was not done, and the same may work later.
    Busy,
    /// It was not done, and will not be until a person changes something.
    Setup,
}

/// Exceptions that say something; every other is [`Verdict::Busy`], since a retry of the same insert does no harm.
pub(crate) const EXCEPTIONS: &[(u16, &str, Verdict)] = &[
    (3, "UNEXPECTED_END_OF_FILE", Verdict::Lost),
    (16, "NO_SUCH_COLUMN_IN_TABLE", Verdict::Setup),
    (20, "NUMBER_OF_COLUMNS_DOESNT_MATCH", Verdict::Setup),
    (32, "ATTEMPT_TO_READ_AFTER_EOF", Verdict::Lost),
    (33, "CANNOT_READ_ALL_DATA", Verdict::Lost),
    (47, "UNKNOWN_IDENTIFIER", Verdict::Setup),
    (53, "TYPE_MISMATCH", Verdict::Setup),
    (60, "UNKNOWN_TABLE", Verdict::Setup),
    (62, "SYNTAX_ERROR", Verdict::Setup),
    (81, "UNKNOWN_DATABASE", Verdict::Setup),
    (115, "UNKNOWN_SETTING", Verdict::Setup),
    (117, "INCORRECT_DATA", Verdict::Setup),
    (159, "TIMEOUT_EXCEEDED", Verdict::Lost),
    (160, "TOO_SLOW", Verdict::Busy),
    (164, "READONLY", Verdict::Busy),
    (192, "UNKNOWN_USER", Verdict::Setup),
    (193, "WRONG_PASSWORD", Verdict::Setup),
    (194, "REQUIRED_PASSWORD", Verdict::Setup),
    (201, "QUOTA_EXCEEDED", Verdict::Busy),
    (202, "TOO_MANY_SIMULTANEOUS_QUERIES", Verdict::Busy),
    (203, "NO_FREE_CONNECTION", Verdict::Busy),
    (209, "SOCKET_TIMEOUT", Verdict::Lost),
    (210, "NETWORK_ERROR", Verdict::Lost),
    (225, "NO_ZOOKEEPER", Verdict::Busy),
    (236, "ABORTED", Verdict::Lost),
    (241, "MEMORY_LIMIT_EXCEEDED", Verdict::Busy),
    (242, "TABLE_IS_READ_ONLY", Verdict::Lost),
    (243, "NOT_ENOUGH_SPACE", Verdict::Busy),
    (252, "TOO_MANY_PARTS", Verdict::Busy),
    (285, "TOO_FEW_LIVE_REPLICAS", Verdict::Busy),
    (319, "UNKNOWN_STATUS_OF_INSERT", Verdict::Lost),
    (394, "QUERY_WAS_CANCELLED", Verdict::Lost),
    (425, "SYSTEM_ERROR", Verdict::Lost),
    (439, "CANNOT_SCHEDULE_TASK", Verdict::Busy),
    (452, "SETTING_CONSTRAINT_VIOLATION", Verdict::Setup),
    (497, "ACCESS_DENIED", Verdict::Setup),
    (499, "S3_ERROR", Verdict::Lost),
    (516, "AUTHENTICATION_FAILED", Verdict::Setup),
    (745, "SERVER_OVERLOADED", Verdict::Busy),
    (999, "KEEPER_EXCEPTION", Verdict::Lost),
    (1002, "UNKNOWN_EXCEPTION", Verdict::Lost),
];

/// What `error` leaves us with.
pub(crate) fn verdict(error: &Error) -> Verdict {
    match error {
        Error::Network(source) if is_connect(source.as_ref()) => Verdict::Busy,
        Error::TimedOut | Error::Network(_) => Verdict::Lost,
        Error::BadResponse(text) => match code(text) {
            Some(code) => known(code).map_or(Verdict::Busy, |(_, verdict)| verdict),
            // A proxy's answer: what stands behind it may have done it.
            None => Verdict::Lost,
        },
        _ => Verdict::Setup,
    }
}

/// `error`, which `asked` met, in words of ours.
pub(crate) fn port_error(asked: &str, error: &Error) -> PortError {
    let verdict = verdict(error);
    let what = match error {
        Error::BadResponse(text) => match code(text) {
            Some(code) => format!("code {code}, {}", known(code).map_or("of which we know nothing", |(name, _)| name)),
            None => "an answer that is not ClickHouse's".to_owned(),
        },
        Error::TimedOut => "no answer in time".to_owned(),
        Error::Network(_) if verdict == Verdict::Busy => "no connection".to_owned(),
        Error::Network(_) => "the connection was lost".to_owned(),
        Error::SchemaMismatch(_) => "the table's columns are not those of the exporter's schema".to_owned(),
        _ => "the client could not make the request or read the answer".to_owned(),
    };
    match verdict {
        Verdict::Lost => PortError::Uncertain { port: PORT, detail: format!("{asked}: {what}") },
        Verdict::Busy => PortError::Unavailable { port: PORT, detail: format!("{asked}: {what}") },
        Verdict::Setup => PortError::Unavailable {
            port: PORT,
            detail: format!("{asked}: {what}; it will not pass: check the table, the user and their rights"),
        },
    }
}

/// The exception code of `Code: 252. DB::Exception: …`.
pub(crate) fn code(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("Code: ")?;
    let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn known(code: u16) -> Option<(&'static str, Verdict)> {
    EXCEPTIONS.iter().find(|(known, ..)| *known == code).map(|(_, name, verdict)| (*name, *verdict))
}

fn is_connect(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    source.downcast_ref::<TransportError>().is_some_and(TransportError::is_connect)
}
