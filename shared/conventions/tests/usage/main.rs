//! What a call used: names, places, and what stands inside or beside what.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

mod attributes;
mod details;
mod objects;
mod rows;

use std::collections::BTreeMap;

use serde_json::Value;
use spanlift_conventions::Usage;
use spanlift_model::Attributes;
use spanlift_model::json::into_text;

fn attributes(members: &Value) -> Attributes {
    let Value::Object(members) = members else { panic!("attributes are an object") };
    members.iter().map(|(name, value)| (name.clone(), into_text(value.clone().into()).unwrap())).collect()
}

fn of_details(members: &Value) -> Option<Usage> {
    let members = members.as_object().unwrap().iter();
    let details: BTreeMap<String, u64> = members.map(|(name, value)| (name.clone(), value.as_u64().unwrap())).collect();
    Usage::of_details(&details)
}

/// Tokens in, out, both, cache read, cache creation, reasoning; -1 is not known.
fn usage(counts: [i64; 6]) -> Usage {
    let [input, output, total, cache_read, cache_creation, reasoning] = counts.map(|count| u64::try_from(count).ok());
    Usage { input, output, total, cache_read, cache_creation, reasoning }
}

#[expect(clippy::unnecessary_wraps, reason = "what is read may be nothing")]
fn some(counts: [i64; 6]) -> Option<Usage> {
    Some(usage(counts))
}
