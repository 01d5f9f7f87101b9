//! What Langfuse is asked for: traces by their ids, in as few addresses as proxies and servers take (docs/platforms/langfuse.md#5-filters).

use serde_json::json;
use url::form_urlencoded::byte_serialize;

/// Bytes of an address. Proxies take 8 KiB at the least.
const LONGEST_ADDRESS: usize = 4 * 1024;
/// Bytes of everything in it but the base URL and the ids.
const REST: usize = 640;

/// The value of `filter` for a batch of traces.
pub(crate) fn filter(batch: &[&str]) -> String {
    json!([{"type": "stringOptions", "column": "traceId", "operator": "any of", "value": batch}]).to_string()
}

/// Traces, each with its number of rows, in batches whose addresses are short enough and whose rows fit into a page; a
/// trace that is too much for any has one of its own.
pub(crate) fn batches(
    traces: impl IntoIterator<Item = (usize, String)>,
    base_length: usize,
    page_rows: usize,
) -> Vec<Vec<String>> {
    let room = LONGEST_ADDRESS.saturating_sub(base_length + REST);
    let mut batches: Vec<Vec<String>> = Vec::new();
    let (mut length, mut rows) = (0, 0_usize);
    for (its_rows, trace) in traces {
        // With a comma behind it.
        let encoded: usize = byte_serialize(json!(trace).to_string().as_bytes()).map(str::len).sum::<usize>() + 3;
        if batches.is_empty() || length + encoded > room || rows.saturating_add(its_rows) > page_rows {
            batches.push(Vec::new());
            (length, rows) = (0, 0);
        }
        length += encoded;
        rows = rows.saturating_add(its_rows);
        if let Some(batch) = batches.last_mut() {
            batch.push(trace);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_addresses_and_pages_and_no_more() {
        let traces = || (0..500).map(|number| (20, format!("{number:032x}")));
        let batches = batches(traces(), 40, usize::MAX);
        assert!(batches.len() <= 7, "{}", batches.len());
        assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 500);
        let longest = batches.iter().map(|batch| {
            let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
            byte_serialize(filter(&batch).as_bytes()).map(str::len).sum::<usize>()
        });
        assert!(longest.max().unwrap() < LONGEST_ADDRESS - 400);
        assert_eq!(super::batches(traces(), 40, 1_000).len(), 10);
        assert_eq!(super::batches(traces(), 40, 7).len(), 500);
        let odd = [(1, "é".repeat(800)), (1, "b".to_owned())];
        assert_eq!(super::batches(odd.clone(), 40, 9), [[odd[0].1.clone()], ["b".to_owned()]]);
    }
}
