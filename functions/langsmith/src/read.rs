//! A reading: which traces are this simulation's, then these traces whole.

use spanlift_importer::{Query, Reading};
use spanlift_model::{FailureReason, PlatformError};

use crate::api::Api;
use crate::paging::Fault;
use crate::plan::Plan;
use crate::query::Version;
use crate::reading_state::Gathered;
use crate::row::Row;
use crate::status::{NotTaken, wrong_host};
use crate::{attribution, offload};

/// Reads the traces of one simulation.
pub(crate) async fn read(api: &Api<'_>, query: &Query) -> Result<Reading<Row>, PlatformError> {
    let project = api.project().await?;
    let mut gathered = match read_with_either(api, query, &project).await {
        Ok(gathered) => gathered,
        Err(error) => {
            api.memory.forget_project(&api.who);
            return Err(error);
        }
    };
    let (mut rows, outlines) = gathered.take_rows();
    if rows.is_empty() {
        // A project that was made anew has another id.
        api.memory.forget_project(&api.who);
    }
    offload::fetch(api, query, &mut rows, &outlines, &gathered.partial_traces).await;
    attribution::mark(&mut rows);
    Ok(Reading {
        bytes: rows.iter().map(Row::size).sum(),
        spans: rows,
        outlines,
        sightings: gathered.sightings,
        partial_traces: gathered.partial_traces,
        cut: gathered.cut,
        discovery: gathered.discovery,
        mark: gathered.mark,
        is_one_look: gathered.is_one_look,
        requests: api.requests(),
        sample: gathered.sample,
        rejected: gathered.rejected,
        ..Reading::of(api.host())
    })
}

/// v2, and v1 where that is not there; the other way round where that is known. Also where the one does not take a query
/// that it should: the other may.
async fn read_with_either(api: &Api<'_>, query: &Query, project: &str) -> Result<Gathered, PlatformError> {
    let preferred = api.memory.version(&api.who).unwrap_or(Version::V2);
    let mut not_taken = None;
    let mut is_other_served = true;
    for version in [preferred, preferred.other()] {
        let fault = match Plan::new(api, query, project, version).run().await {
            Ok(gathered) => {
                if !is_other_served {
                    api.memory.set_version(&api.who, version);
                }
                let is_worth_it = version == Version::V2 && is_other_served && not_taken.is_none();
                let has_nothing = match query.newest {
                    Some(_) => gathered.sample.rows() == 0,
                    None => gathered.is_empty() && query.is_last_pass,
                };
                if has_nothing && is_worth_it {
                    return look_on_v1(api, query, project, gathered).await;
                }
                return Ok(gathered);
            }
            Err(fault) => fault,
        };
        tracing::info!(?version, ?fault, "LangSmith did not answer the query under this version of its API");
        match fault {
            Fault::NotServed => is_other_served = false,
            Fault::NotTaken(problem) => not_taken = Some(problem),
            Fault::Failed(error) => return Err(error),
        }
    }
    Err(not_taken.map_or_else(wrong_host, NotTaken::error))
}

/// The two versions stand on different stores, so that nothing on v2 proves nothing: where no later pass is due, v1 is
/// looked at as well, if it is still there.
async fn look_on_v1(api: &Api<'_>, query: &Query, project: &str, on_v2: Gathered) -> Result<Gathered, PlatformError> {
    match Plan::new(api, query, project, Version::V1).run().await {
        Ok(on_v1) if !on_v1.is_empty() || on_v2.saw_nothing() => Ok(on_v1),
        Ok(_) | Err(Fault::NotServed | Fault::NotTaken(_)) => Ok(on_v2),
        Err(Fault::Failed(error)) if error.reason() == FailureReason::WrongHost => Ok(on_v2),
        Err(Fault::Failed(error)) => Err(error),
    }
}
