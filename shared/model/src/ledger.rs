use crate::Rejected;

/// Declares an enum of ledger words with the text of each, as it stands in the item, the logs and the outcomes.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            /// Every word, in the order of the design's table.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }

            /// Reads what [`Self::as_str`] writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Where an import stands (docs/ARCHITECTURE.md#ledger).
    Status {
        /// A live lease.
        InProgress = "in_progress",
        /// A transient failure released the lease; the message comes back.
        Retrying = "retrying",
        /// Nothing stored yet, a later pass is queued.
        Deferred = "deferred",
        /// Spans are in the store.
        Imported = "imported",
        /// Nothing matched, and no pass is left.
        Empty = "empty",
        /// The simulation has native spans.
        SkippedNative = "skipped_native",
        /// The organization has no connection to this provider.
        NotConnected = "not_connected",
        /// A higher attempt exists.
        Superseded = "superseded",
        /// Final, with a reason that a person can act on.
        Failed = "failed",
    }
}

words! {
    /// Why an import failed.
    FailureReason {
        /// The platform does not know the key.
        Unauthorized = "unauthorized",
        /// The platform knows the key and does not let it read.
        Forbidden = "forbidden",
        /// The platform has no such project.
        ProjectNotFound = "project_not_found",
        /// What answers at this address is not the platform's API.
        WrongHost = "wrong_host",
        /// The address is one that we do not call.
        HostRefused = "host_refused",
        /// The connection's secret lacks a field, or holds one that cannot be.
        BadConnection = "bad_connection",
        /// The platform's version is one that cannot be read safely.
        UnsupportedVersion = "unsupported_version",
        /// No connection could be made.
        Unreachable = "unreachable",
        /// The platform did not answer in time.
        Timeout = "timeout",
        /// The platform allowed no request for hours.
        RateLimited = "rate_limited",
        /// The platform answered with errors of its own.
        PlatformError = "platform_error",
        /// The platform's answer is not what its API promises.
        Malformed = "malformed",
        /// The trace store did not take the spans.
        StoreUnavailable = "store_unavailable",
    }
}

words! {
    /// Why an import has stored nothing yet.
    DeferReason {
        /// Nothing matched so far.
        Empty = "empty",
        /// The platform asked us to come back later.
        RateLimited = "rate_limited",
        /// The trace store, or another part of ours, is down.
        StoreUnavailable = "store_unavailable",
        /// The project is not there yet: platforms make it with its first span.
        NotYet = "not_yet",
        /// What matched is not ready to be stored: its spans have no end yet.
        Unfinished = "unfinished",
        /// The pass ended before anything was read whole.
        Budget = "budget",
    }
}

words! {
    /// Why an import found nothing.
    EmptyReason {
        /// The platform has no span in the window.
        NothingInWindow = "nothing_in_window",
        /// There are spans, tagged with the ids of others.
        OthersTagged = "others_tagged",
        /// There are spans, and none carries a key.
        Untagged = "untagged",
        /// There are spans without a key, and a trace among them whose root never came.
        Rootless = "rootless",
        /// What matched belongs to another attempt at the simulation.
        OtherAttempt = "other_attempt",
        /// There are spans without a key, and more of them than one pass can read: it is not known whose they are.
        WindowTooLarge = "window_too_large",
    }
}

words! {
    /// Why an import holds less than matched.
    Truncation {
        /// The provider's cap on matched data.
        Cap = "cap",
        /// The cap on spans or attribute bytes of one import.
        Size = "size",
        /// The time ran out; a later pass completes it.
        Budget = "budget",
        /// The platform's pages led nowhere, or a part of them could not be had; a later pass tries again.
        Paging = "paging",
    }
}

impl Truncation {
    /// Was it for want of time, or by pages that led nowhere? Then a later pass may bring more.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Budget | Self::Paging)
    }
}

/// What one pass counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests to the platform.
    pub requests: u64,
    /// Traces with a span of this simulation.
    pub matched_traces: u64,
    /// Spans of this simulation that the platform holds.
    pub matched_spans: u64,
    /// Rows that the store really has of this import.
    pub stored: u64,
    /// Those of them that this pass brought.
    pub inserted: u64,
    /// Their bytes.
    pub inserted_bytes: u64,
    /// Spans left out, by cause.
    pub rejected: Rejected,
}
