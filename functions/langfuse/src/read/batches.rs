//! Trace ids in as few addresses as proxies and servers take (contract §7.3).

use serde_json::json;
use url::form_urlencoded::byte_serialize;

/// Bytes of an address. Proxies take 8 KiB at the least.
const LONGEST_ADDRESS: usize = 4 * 1024;
/// Bytes of everything in it but the base URL and the ids.
const REST: usize = 640;

/// The value of `filter` for a batch of traces (contract §2.2).
pub(super) fn filter(batch: &[&str]) -> String {
    json!([{"type": "stringOptions", "column": "traceId", "operator": "any of", "value": batch}]).to_string()
}

/// The ids in batches whose addresses are short enough; an id that is too long for any has one of its own.
pub(super) fn batches(ids: &[String], base_length: usize) -> Vec<Vec<&str>> {
    let room = LONGEST_ADDRESS.saturating_sub(base_length + REST);
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut length = 0;
    for id in ids {
        // With a comma behind it.
        let encoded: usize = byte_serialize(json!(id).to_string().as_bytes()).map(str::len).sum::<usize>() + 3;
        if batches.is_empty() || length + encoded > room {
            batches.push(Vec::new());
            length = 0;
        }
        length += encoded;
        if let Some(batch) = batches.last_mut() {
            batch.push(id);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_addresses_and_no_more() {
        let ids: Vec<String> = (0..500).map(|number| format!("{number:032x}")).collect();
        let batches = batches(&ids, 40);
        assert!(batches.len() <= 7, "{}", batches.len());
        assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 500);
        let longest = batches.iter().map(|batch| byte_serialize(filter(batch).as_bytes()).map(str::len).sum::<usize>());
        assert!(longest.max().unwrap() < LONGEST_ADDRESS - 400);
        let odd = ["é".repeat(800), "b".to_owned()];
        assert_eq!(super::batches(&odd, 40), [[odd[0].as_str()], ["b"]]);
    }
}
