//! What every word of the ledger means and what to do about it, one sentence or two each. The one place: the runbook's
//! rows are checked against it.

use spanlift_model::{DeferReason, EmptyReason, FailureReason, Status, Truncation};

/// What it means that an import stands at `status` for `reason`, and what to do.
#[must_use]
pub fn explain(status: Status, reason: Option<&str>) -> &'static str {
    match status {
        Status::InProgress => {
            "A function is reading the platform right now. Nothing to do: should it have died, the next delivery takes over when its lease ends."
        }
        Status::Retrying => {
            "A fault that may pass ended the last try; the queue delivers the job again by itself, after longer and longer waits. Nothing to do yet."
        }
        Status::Deferred => reason.and_then(DeferReason::parse).map_or(UNKNOWN_DEFERRAL, deferred),
        Status::Imported => "The spans are in the trace store. Nothing to do.",
        Status::Empty => reason.and_then(EmptyReason::parse).map_or(UNKNOWN_EMPTINESS, empty),
        Status::SkippedNative => {
            "The simulation has native spans, sent by OTLP, and those come first: nothing was imported. Nothing to do."
        }
        Status::NotConnected => {
            "The organization has no connection to this provider. If its traces are there, connect it (spanlift connect), then replay with --force."
        }
        Status::Superseded => {
            "The simulation was run again: a higher attempt exists, and traces are imported for that one. Look at the highest attempt."
        }
        Status::Failed => reason.and_then(FailureReason::parse).map_or(UNKNOWN_FAILURE, failed),
    }
}

/// What it means that an import holds less than matched, and what to do.
#[must_use]
pub const fn explain_truncation(truncation: Truncation) -> &'static str {
    match truncation {
        Truncation::Cap => {
            "More traces or spans match than one import may hold: the earliest are stored, the rest is not. No further look would change that."
        }
        Truncation::Size => {
            "What matches is larger than one import may be: the earliest spans are stored, the rest is not. Raise MAX_SPANS or MAX_BYTES if such calls are usual, or let the agent trace less content."
        }
        Truncation::Budget => {
            "The time of the pass ended before all was read; what was complete by then is stored, and the next look completes it. If no look is due any more, replay with --force."
        }
        Truncation::Paging => {
            "Pages of the platform led nowhere, or a part of them could not be had, so not all was read; the next look tries again. If no look is due any more, replay with --force."
        }
    }
}

/// What it means that an import is incomplete.
pub const INCOMPLETE: &str = "Some of what matched is not stored: a trace's root, a span's end or a part of a trace is missing on the platform, or cannot be read. Further looks bring what arrives; \"spans left out\" says what was lost, by cause.";

/// What it means that not all of the call's window was seen, by the word for it: `searched` or `unfinished`.
pub(crate) fn explain_discovery(how: &str) -> &'static str {
    match how {
        "searched" => SEARCHED,
        _ => "A part of the call's window could not be read, so traces in it may be missing. Further looks try again.",
    }
}

const SEARCHED: &str = "The traces were found by a search on the platform, and the look through all of the window did not come to its end: traces with a tag in a shape that the search cannot ask for may be missing. Further looks go on.";

/// How an import stands of which the ledger has no entry yet, and what that means.
pub const QUEUED: (&str, &str) = (
    "queued",
    "A job is in the provider's queue, and no function has taken it yet. Nothing to do, unless it stays so: then look whether the function runs.",
);

const UNKNOWN_DEFERRAL: &str =
    "Nothing is stored yet, for a reason that this version of the command does not know; a later look is queued.";
const UNKNOWN_EMPTINESS: &str =
    "Nothing on the platform matched, for a reason that this version of the command does not know.";
const UNKNOWN_FAILURE: &str = "The import has failed, for a reason that this version of the command does not know; the runbook of the deployed version does.";

const fn deferred(reason: DeferReason) -> &'static str {
    match reason {
        DeferReason::Empty => {
            "Nothing on the platform carries this simulation's id so far; traces arrive late, so it is looked at again. Nothing to do yet; if it stays so, check that the agent tags its traces with simulation_output_id."
        }
        DeferReason::RateLimited => {
            "The platform allows no more requests for now; the import comes back by itself, until 6 hours after this pass fell due. Nothing to do."
        }
        DeferReason::StoreUnavailable => {
            "The trace store, or another part of ours, is down; the import comes back by itself, until 6 hours after this pass fell due. See whether the store answers; nothing to do for the import."
        }
        DeferReason::NotYet => {
            "The platform has no such project yet: it makes one with the first span. It is looked for again for a minute; check the name in the connection meanwhile."
        }
        DeferReason::Unfinished => {
            "Spans match, but the platform does not have them whole yet (they have no end, or nobody can say whose they are). They are stored by a later look. Nothing to do."
        }
        DeferReason::Budget => {
            "The time of the pass ended before a trace was read whole; a later look reads again. If it repeats, the platform is slow or the project very full."
        }
    }
}

const fn empty(reason: EmptyReason) -> &'static str {
    match reason {
        EmptyReason::NothingInWindow => {
            "The platform has no trace from the time of the call. Check that the agent was tracing, into the project of the connection, and that its clock is right; then replay with --force."
        }
        EmptyReason::OthersTagged => {
            "There are traces from the time of the call, and the tagged ones bear the ids of other simulations. Check that the agent tags each call's traces with that call's simulation_output_id; then replay with --force."
        }
        EmptyReason::Untagged => {
            "There are traces from the time of the call, and none says which simulation it belongs to. Let the agent set simulation_output_id on its traces; calls that are over cannot be told apart any more."
        }
        EmptyReason::Rootless => {
            "There are traces from the time of the call, none says which simulation it belongs to, and one of them never got its root, which may hold the tag. Let the agent end its root span and set simulation_output_id on it; then replay with --force."
        }
        EmptyReason::OtherAttempt => {
            "The traces that carry this simulation's id belong to another attempt at it: they began before this attempt did, or after a later one had begun. Look at the other attempts; if the agent's clock is wrong, correct it."
        }
        EmptyReason::WindowTooLarge => {
            "There are traces from the time of the call, none says which simulation it belongs to, and they are more than one pass can read: nothing is imported by time alone. Let the agent set simulation_output_id on its traces; then replay with --force."
        }
    }
}

const fn failed(reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::Unauthorized => {
            "The platform does not know the key. Replace it in the connection (the next event uses it at once), then replay with --force."
        }
        FailureReason::Forbidden => {
            "The platform knows the key but does not let it read this project. Give the key that right or use one that has it, then replay with --force."
        }
        FailureReason::ProjectNotFound => {
            "The platform has no project of that name. Correct the name in the connection, letter by letter, then replay with --force."
        }
        FailureReason::WrongHost => {
            "What answers at the connection's host is not the platform's API. Correct the host (of Phoenix Cloud it includes /s/<space>), then replay with --force."
        }
        FailureReason::HostRefused => {
            "The connection's host is private, local or not encrypted, and such hosts are not called. Use a public https address, or let the deployment allow this one in ALLOWED_HOSTS; then replay with --force."
        }
        FailureReason::BadConnection => {
            "The connection's secret lacks a field, or holds one that cannot be. Correct it, then replay with --force."
        }
        FailureReason::UnsupportedVersion => {
            "The platform's version is one that cannot be read safely. Upgrade the platform, then replay with --force."
        }
        FailureReason::Unreachable => {
            "No connection to the platform could be made, several times over minutes. Check the host in the connection and that the platform is up and reachable from here; then replay with --force."
        }
        FailureReason::Timeout => {
            "The platform did not answer in time, or was never read to its end (`truncated` says what cut it), several times over. Once it is quicker, replay with --force."
        }
        FailureReason::RateLimited => {
            "The platform allowed no request for 6 hours. Raise its limit or let fewer others use the key, then replay with --force."
        }
        FailureReason::PlatformError => {
            "The platform answered with errors of its own, several times over. Once it is well again, replay with --force."
        }
        FailureReason::Malformed => {
            "The platform's answer is not what its API promises. Look at the function's log and report it to us with the platform's version; a replay with --force tries again."
        }
        FailureReason::StoreUnavailable => {
            "Our own side failed several times over: the trace store, the ledger, the secrets or a queue. See what went wrong below and the alarms; once it is well again, replay with --force."
        }
    }
}
