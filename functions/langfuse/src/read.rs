//! The reading plan: which API, what is in the window, whose it is, and the matched traces whole.

mod assemble;
mod kept;
pub mod one_page;
mod reading_state;
mod seen;
mod v1;
mod v2;

use std::time::Duration;

use spanlift_importer::{Query, Reading};
use spanlift_model::{FailureReason, PlatformError, Remedy, Timestamp, Window};

use crate::api::{Api, Missing, wrong_host};
use crate::connection::Connection;
use crate::memory::Mode;
use crate::row::Row;

use self::reading_state::Gathered;

/// Rows from long before the call that are read in all.
const MOST_EARLY: usize = 5_000;

/// What came of reading by one of the two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Read,
    /// The server does not have it.
    NotHere(Missing),
}

/// Reads the traces of one simulation.
pub(crate) async fn read(api: &Api<'_>, connection: &Connection, query: &Query) -> Result<Reading<Row>, PlatformError> {
    let remembered = api.mode();
    let mut order = [Mode::V2, Mode::V1(None)];
    if let Some(Mode::V1(version)) = &remembered {
        order = [Mode::V1(*version), Mode::V2];
    }
    let mut said = Vec::new();
    for mode in order {
        let mut gathered = Gathered::new(query, connection.own_traces());
        let outcome = match mode {
            Mode::V2 => v2::read(api, &mut gathered).await?,
            Mode::V1(_) => v1::read(api, &mut gathered).await?,
        };
        match outcome {
            Outcome::Read => {
                let mode = settled(api, mode).await;
                return Ok(gathered.into_reading(mode.version(), api.requests(), api.host()));
            }
            Outcome::NotHere(missing) => said.push(missing),
        }
    }
    api.learn_mode(None);
    // The table of a server that has no v1 any more comes with its migration.
    if said.contains(&Missing::V1) && said.contains(&Missing::Table) {
        return Err(PlatformError::unavailable(500));
    }
    // Somebody who knows these addresses has said no to both.
    if said.contains(&Missing::V1) || !said.contains(&Missing::Page) {
        return Err(PlatformError::Refused {
            reason: FailureReason::UnsupportedVersion,
            advice:
                "This Langfuse server serves neither its v1 nor its v2 API for reading. Upgrade it to v4, or let it \
                     finish its migration."
                    .to_owned(),
        });
    }
    Err(wrong_host())
}

/// Remembers the API that the server has; of a v1 server its version too.
async fn settled(api: &Api<'_>, mode: Mode) -> Mode {
    if api.mode().as_ref() == Some(&mode) && mode != Mode::V1(None) {
        return mode;
    }
    let mode = match mode {
        Mode::V1(None) => Mode::V1(api.version().await),
        mode => mode,
    };
    api.learn_mode(Some(mode.clone()));
    mode
}

/// Where of a matched trace only ids, parents, times and tags are read. Langfuse counts in milliseconds.
fn early_window(call: Window) -> Window {
    let before = call.before_whole_trace();
    Window { to: before.to.minus(Duration::from_millis(1)), ..before }
}

/// A bound of a window, as Langfuse takes it: it leaves the end itself out.
fn bound(moment: Timestamp, more: i64) -> String {
    Timestamp::from_millis(moment.millis().saturating_add(more)).to_string()
}

/// May the same succeed later?
fn is_passing(error: &PlatformError) -> bool {
    matches!(error.remedy(), Remedy::Retry(_) | Remedy::Wait(_))
}
