//! The SQL, and the values bound to it. Table and attribute names are settings, checked when the store is made; every
//! value is a parameter of the server's. Every query bounds Timestamp, by which both schemas are partitioned.

use clickhouse::query::Query;
use spanlift_model::{Attempts, ImportJob, OrganizationId, SimulationOutputId, Timestamp, Window};

use crate::TraceStoreSettings;

/// The readers' rule, one clause of SQL: of a simulation that was run again in place, the rows of its highest attempt,
/// and those that do not say of which attempt they are (native ones need not).
///
/// It stands behind `WHERE` and before `ORDER BY`, in any query over rows of either schema, of one simulation or of
/// many; what counts or sums takes such a query as its `FROM`. Two things are the reader's: bounds on `Timestamp` must
/// hold the whole of a simulation, or a lower attempt is taken for the highest; and whoever is asked for one attempt by
/// its number must not use it. Readers in other languages take the file.
pub const HIGHEST_ATTEMPT: &str = include_str!("highest_attempt.sql");

/// This import's rows. `ServiceName` says nothing new, but is what the exporter's own table is sorted by.
const OF_IMPORT: &str = "\
    ResourceAttributes['coval.organization_id'] = {organization:String}
    AND ResourceAttributes['coval.simulation_output_id'] = {simulation:String}
    AND ResourceAttributes['import.id'] = {import:String}
    AND ServiceName = {provider:String}
    AND Timestamp BETWEEN fromUnixTimestamp64Nano({stored_from:Int64}) AND fromUnixTimestamp64Nano({stored_to:Int64})";

/// The queries over one table.
#[derive(Debug)]
pub(crate) struct Queries {
    pub(crate) look_up: String,
    pub(crate) count: String,
    pub(crate) spans: String,
}

impl Queries {
    /// The settings must have been checked.
    pub(crate) fn new(settings: &TraceStoreSettings) -> Self {
        let TraceStoreSettings { table, organization_attribute, simulation_attribute, .. } = settings;
        // Two selects, and not one with an OR: native rows may bear other attributes, and each is pruned by its own.
        let look_up = format!(
            "SELECT count() AS native, '' AS trace_id, '' AS span_id
FROM {table}
WHERE ResourceAttributes['{organization_attribute}'] = {{organization:String}}
    AND ResourceAttributes['{simulation_attribute}'] = {{simulation:String}}
    AND ResourceAttributes['import.id'] = ''
    AND Timestamp BETWEEN fromUnixTimestamp64Nano({{native_from:Int64}}) AND fromUnixTimestamp64Nano({{native_to:Int64}})
    AND (ResourceAttributes['coval.attempt'] = {{attempt:String}}
        OR (ResourceAttributes['coval.attempt'] = ''
            AND Timestamp >= fromUnixTimestamp64Nano({{attempt_from:Int64}})
            AND Timestamp < fromUnixTimestamp64Nano({{attempt_before:Int64}})))
UNION ALL
SELECT toUInt64(0) AS native, TraceId AS trace_id, SpanId AS span_id
FROM {table}
WHERE {OF_IMPORT}"
        );
        let spans = format!(
            "SELECT Timestamp AS started_at, Duration AS duration, TraceId AS trace_id, SpanId AS span_id,
    ParentSpanId AS parent_span_id, SpanName AS name, ServiceName AS service, StatusCode AS status,
    StatusMessage AS status_message, ResourceAttributes AS resource, SpanAttributes AS attributes
FROM {table}
WHERE ResourceAttributes['coval.organization_id'] = {{organization:String}}
    AND ResourceAttributes['coval.simulation_output_id'] = {{simulation:String}}
    AND Timestamp BETWEEN fromUnixTimestamp64Nano({{from:Int64}}) AND fromUnixTimestamp64Nano({{to:Int64}})
ORDER BY Timestamp, TraceId, SpanId"
        );
        Self { look_up, count: format!("SELECT count() AS count\nFROM {table}\nWHERE {OF_IMPORT}"), spans }
    }
}

/// Binds what [`Queries::look_up`] asks for. A native row that does not say of which attempt it is counts for the one that
/// had begun by then.
pub(crate) fn bind_look_up(query: Query, job: &ImportJob, attempts: &Attempts) -> Query {
    let event = &job.event;
    let native = event.window().padded(Window::NATIVE_PADDING);
    let (from, before) = attempts.bounds();
    bind_import(query, job)
        .param("attempt", event.attempt.to_string())
        .param("native_from", native.from.nanos())
        .param("native_to", native.to.nanos())
        .param("attempt_from", from.unwrap_or(native.from).nanos())
        .param("attempt_before", before.map_or(i64::MAX, Timestamp::nanos))
}

/// Binds what [`Queries::count`] asks for.
pub(crate) fn bind_import(query: Query, job: &ImportJob) -> Query {
    let event = &job.event;
    let stored = event.window().storable();
    bind_simulation(query, &event.organization_id, &event.simulation_output_id)
        .param("import", job.import_id().to_string())
        .param("provider", job.provider.as_str())
        .param("stored_from", stored.from.nanos())
        .param("stored_to", stored.to.nanos())
        // A replica that lags must not say that nothing is there.
        .with_setting("select_sequential_consistency", "1")
}

/// Binds what [`Queries::spans`] asks for.
pub(crate) fn bind_spans(
    query: Query,
    organization_id: &OrganizationId,
    simulation_output_id: &SimulationOutputId,
    window: Window,
) -> Query {
    bind_simulation(query, organization_id, simulation_output_id)
        .param("from", window.from.nanos())
        .param("to", window.to.nanos())
}

fn bind_simulation(query: Query, organization_id: &OrganizationId, simulation_output_id: &SimulationOutputId) -> Query {
    query.param("organization", organization_id.as_str()).param("simulation", simulation_output_id.as_str())
}
