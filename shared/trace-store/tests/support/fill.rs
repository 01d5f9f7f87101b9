//! Rows of others, so that a table is large enough to show what an index leaves out.

use std::time::Duration;

use clickhouse::Client;
use spanlift_model::Timestamp;

/// `count` native rows of other simulations, a thousand each, over the hour around `middle`. `more`: further resource attributes in
/// SQL, `, name, value`, of the row's `number`. They fill bloom filters: a test gets what its table has in life, and no more.
pub(crate) async fn fill(client: &Client, middle: Timestamp, count: u64, more: &str) {
    let from = middle.minus(Duration::from_mins(30)).nanos();
    let sql = format!(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, ResourceAttributes)
         SELECT fromUnixTimestamp64Nano(toInt64({from} + intDiv(number, 1000) * intDiv(3600000000000, intDiv({count}, 1000)))),
            lower(hex(MD5(toString(number)))), lower(hex(number)), ['llm', 'stt', 'tts'][number % 3 + 1], 'agent',
            map('coval.organization_id', 'org-' || toString(number % 10),
                'coval.simulation_output_id', 'other-' || toString(intDiv(number, 1000)){more})
         FROM numbers({count})"
    );
    client.query_raw(&sql).with_setting("max_partitions_per_insert_block", "0").execute().await.expect("rows");
    client.query_raw("OPTIMIZE TABLE otel_traces FINAL").execute().await.expect("one part a day");
}
