//! What a failed exchange means. The library's own texts stay here: they can hold addresses and more.

use std::error::Error;
use std::io;

use rustls::CertificateError;
use spanlift_model::{FailureReason, PlatformError};

use crate::base_url::{NOT_PUBLIC, host_refused};
use crate::origin::Origin;
use crate::resolver::AddressesRefused;

/// Why no answer came.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The connection was closed before its first byte. One from the pool may have been closed all along.
    Closed,
    /// Anything else.
    Failed(PlatformError),
}

pub(crate) fn no_answer(error: &reqwest::Error, origin: &Origin) -> NoAnswer {
    let failure = if find::<AddressesRefused>(error).is_some() {
        host_refused(NOT_PUBLIC)
    } else if let Some(rustls::Error::InvalidCertificate(problem)) = find(error) {
        bad_certificate(problem, origin)
    } else if error.is_connect() {
        unreachable(origin)
    } else if error.is_timeout() {
        PlatformError::Timeout
    } else {
        match find::<hyper::Error>(error) {
            Some(error) if error.is_parse() => {
                PlatformError::Malformed { problem: format!("what answers at {} does not speak HTTP", origin.host) }
            }
            Some(_) => return NoAnswer::Closed,
            None => unreachable(origin),
        }
    };
    NoAnswer::Failed(failure)
}

/// Why an answer broke off in its body.
pub(crate) fn broken_body(error: &reqwest::Error, origin: &Origin) -> PlatformError {
    if error.is_timeout() {
        PlatformError::Timeout
    } else if error.is_decode() && find::<hyper::Error>(error).is_none() {
        PlatformError::Malformed { problem: "the platform's answer is not compressed as it says".to_owned() }
    } else {
        PlatformError::BrokenOff { host: origin.host.to_string() }
    }
}

pub(crate) fn unreachable(origin: &Origin) -> PlatformError {
    PlatformError::Unreachable { host: origin.host.to_string() }
}

fn bad_certificate(problem: &CertificateError, origin: &Origin) -> PlatformError {
    let host = &origin.host;
    let advice = match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("The certificate of {host} has expired. Renew it.")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!(
                "The certificate of {host} is for another name. Check the host, or give it a certificate for its name."
            )
        }
        CertificateError::UnknownIssuer => format!(
            "The certificate of {host} is not signed by a publicly trusted authority, or an intermediate certificate is \
             missing. Give it one that is."
        ),
        _ => format!("The certificate of {host} is not valid. Check the host, or renew the certificate."),
    };
    PlatformError::Refused { reason: FailureReason::Unreachable, advice }
}

/// The first error of a kind among an error and its causes, also where I/O errors wrap them.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // An I/O error's source is the source of what it wraps, so that what it wraps is passed over.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
