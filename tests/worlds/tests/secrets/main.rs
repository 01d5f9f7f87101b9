//! No secret gets out, whatever fails, and no organization hears of another: whole imports with marked keys on servers that
//! tell everybody what they were asked, and everything that is logged (at `trace`), kept or shown,
//! searched for the marks.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

mod adapters;
mod connections;
mod hostile;
mod marks;
mod paths;
mod said;
mod shown;
mod tenants;
#[path = "../../../virtual_time.rs"]
mod virtual_time;
