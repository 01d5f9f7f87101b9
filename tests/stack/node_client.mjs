// What @clickhouse/client gets from the stand-in; test_clickhouse_clients.py compares the JSON that this prints.
import { createClient } from "@clickhouse/client";

const client = createClient(JSON.parse(process.env.CLIENT));
const rows = async (query, more = {}) => (await client.query({ query, format: "JSONEachRow", ...more })).json();
const found = {};

found.ping = (await client.ping()).success;
await client.command({ query: "CREATE OR REPLACE TABLE from_node (id UInt32, name String) ENGINE = MergeTree ORDER BY id" });
const values = [{ id: 1, name: "one" }, { id: 2, name: "zwei" }];
found.written = (await client.insert({ table: "from_node", values, format: "JSONEachRow" })).summary.written_rows;
found.rows = await rows("SELECT * FROM from_node ORDER BY id");

found.streamed = 0;
const answer = await client.query({ query: "SELECT number FROM numbers(5000)", format: "JSONEachRow" });
for await (const some of answer.stream()) found.streamed += some.length;

const asked = { query_params: { name: "it's" }, clickhouse_settings: { max_threads: 3, wait_end_of_query: 1 }, session_id: "node" };
const [row] = await rows("SELECT {name:String} AS name, toString(getSetting('max_threads')) AS threads", asked);
[found.parameter, found.threads] = [row.name, row.threads];
try {
  await rows("SELECT * FROM nothing_here");
} catch (error) {
  found.fault = [error.code, error.type];
}
found.still = await rows("SELECT 1 AS id");
await client.close();
console.log(JSON.stringify(found));
