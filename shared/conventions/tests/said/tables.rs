//! Each row of a table is reached, by a span that has that attribute alone.

use serde_json::{Value, json};
use spanlift_conventions::{
    CARRIED_INPUTS, CARRIED_OUTPUTS, HEARD_BY_MODELS, INPUTS, OUTPUTS, REASONS, RESPONSE_IDS, VECTORS,
};
use spanlift_model::Role;

use crate::assert_derived;

#[track_caller]
fn assert_row(role: Role, name: &str, value: &Value, target: &str, expected: &str) {
    assert_derived(role, &json!({"attributes": {name: value}}), &json!({target: expected}));
}

#[test]
fn what_went_in_and_came_out() {
    for (carried, rows, target) in [(CARRIED_INPUTS, INPUTS, "input"), (CARRIED_OUTPUTS, OUTPUTS, "output")] {
        for (name, ..) in carried {
            assert_row(Role::Other, name, &json!("said"), target, "said");
        }
        for (name, role, _) in rows {
            assert_row(role.unwrap_or(Role::Other), name, &json!("said"), target, "said");
        }
    }
}

#[test]
fn answers() {
    for (name, _) in REASONS {
        assert_row(Role::ModelCall, name, &json!("length"), "llm.finish_reason", "length");
    }
    for (name, _) in RESPONSE_IDS {
        assert_row(Role::ModelCall, name, &json!("r1"), "gen_ai.response.id", "r1");
    }
    for (name, _) in HEARD_BY_MODELS {
        assert_row(Role::ModelCall, name, &json!("hi"), "transcript", "hi");
    }
    for (name, _) in VECTORS {
        let name = name.replace('*', "x");
        assert_row(Role::Embedding, &name, &json!("[1, 2]"), "gen_ai.embeddings.dimension.count", "2");
    }
}
