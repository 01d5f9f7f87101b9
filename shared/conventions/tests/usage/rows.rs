//! Every row is reached, and nothing is too odd.

use proptest::prelude::*;
use serde_json::json;
use spanlift_conventions::usage::{
    ATTRIBUTE_PLACES, COUNTS, Count, CountRow, DETAILS, Group, INPUT_GROUPS, OUTPUT_GROUPS,
};
use spanlift_conventions::{SentSpan, Usage, attributes};
use spanlift_model::json::Map;
use spanlift_model::{Attributes, Role, Timestamp};

use crate::{of_details, usage};

#[test]
fn rows_are_reached() {
    fn camel(name: &str) -> String {
        let mut parts = name.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |name, part| {
            let (initial, rest) = part.split_at_checked(1).unwrap_or_default();
            name + &initial.to_uppercase() + rest
        })
    }
    fn read(row: &CountRow, usage: Usage) -> Option<u64> {
        match row.is {
            Count::Input => usage.input,
            Count::ToolInput => usage.input.map(|input| input - 1000),
            Count::Output => usage.output,
            Count::Total => usage.total,
            Count::CacheRead | Count::CacheReadPart => usage.cache_read,
            Count::CacheReadBeyond => usage.cache_read.map(|read| read - 1),
            Count::CacheCreation | Count::CacheCreationPart => usage.cache_creation,
            Count::Reasoning | Count::ReasoningPart => usage.reasoning,
        }
    }
    for row in COUNTS {
        let groups: Vec<String> = match row.group {
            Group::Top => vec![String::new()],
            Group::Input => INPUT_GROUPS.iter().map(|(group, _)| format!("{group}.")).collect(),
            Group::Output => OUTPUT_GROUPS.iter().map(|(group, _)| format!("{group}.")).collect(),
        };
        for place in ATTRIBUTE_PLACES.iter().filter(|place| place.member.is_none()) {
            for group in &groups {
                for name in [format!("{group}{}", row.name), camel(&format!("{group}{}", row.name))] {
                    let mut members: Vec<(String, &str)> =
                        vec![(format!("{}{}{name}", place.name, place.separator), "17")];
                    let path = |name: &str| format!("{}{}{name}", place.name, place.separator);
                    if row.is == Count::ToolInput {
                        members.push((path("prompt_token_count"), "1000"));
                    } else if row.is == Count::CacheReadBeyond {
                        members.push((path("input_token_details.cache_read"), "1"));
                    }
                    if !matches!(row.is, Count::Input | Count::ToolInput | Count::Output | Count::Total) {
                        members.push((path("total_tokens"), "5000"));
                    }
                    let found = Usage::of_attributes(&members.into_iter().collect()).unwrap();
                    assert_eq!(read(row, found), Some(17), "{} {name}", place.name);
                }
            }
        }
        assert!(!row.seen.is_empty());
    }
    for (name, ..) in DETAILS {
        assert!(of_details(&json!({*name: 17})).is_some(), "{name}");
    }
}

proptest! {
    #[test]
    fn hostile_accounts_are_read(
        counts in prop::collection::vec((0..COUNTS.len(), any::<u64>()), 0..20),
        names in prop::collection::btree_map("(input|output|total|input_cached_tokens|input_text_tokens|[a-z_.]{0,12})", any::<u64>(), 0..8),
    ) {
        let members: Attributes = counts.iter().map(|(row, count)| (format!("gen_ai.usage.{}", COUNTS[*row].name), count.to_string())).collect();
        let _usage = Usage::of_attributes(&members);
        let object: Map = counts.iter().map(|(row, count)| (COUNTS[*row].name.to_owned(), (*count).into())).collect();
        let _usage = Usage::of_object(&object);
        let mut span = SentSpan::new("trace", "span", None, "call", Timestamp::EPOCH);
        span.platform.usage = Usage::of_details(&names);
        let stored = attributes(Role::ModelCall, span);
        for (_, value) in stored.below("gen_ai.usage.") {
            prop_assert!(value.parse::<u64>().is_ok());
        }
    }

    #[test]
    fn a_place_joined_with_itself_is_itself(counts in prop::array::uniform6(-1_i64..50)) {
        let one = usage(counts);
        prop_assert_eq!(one.joined(Some(one)), one);
        prop_assert_eq!(one.joined(None), one);
    }
}
