//! Changes of JSON that keep it JSON: bytes that are changed at random seldom get past the first check.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value, json};

/// Stands for JSON that no `Value` holds; the raw text takes its place in what is written.
const RAW: [(&str, &str); 5] = [
    ("\u{1}number", "1e400"),
    ("\u{1}digits", "123456789012345678901234567890.000000000000000000001"),
    ("\u{1}surrogate", r#""\ud800""#),
    (
        "\u{1}deep",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    ),
    ("\u{1}repr", r#""{'a': None, 'b': [1, True], \"c\": \"it's\"}""#),
];

/// Mutates an input, of four times three as JSON. What libFuzzer asks for.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut chance = fastrand::Rng::with_seed(seed.into());
    let parsed = data.get(..size).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let Some(mut value) = parsed.filter(|_| chance.u8(..4) > 0) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..chance.u8(1..=3) {
        change(&mut value, &mut chance);
    }
    let mut text = value.to_string();
    for (mark, raw) in RAW {
        text = text.replace(&json!(mark).to_string(), raw);
    }
    match data.get_mut(..text.len()) {
        Some(place) if text.len() <= max_size => place.copy_from_slice(text.as_bytes()),
        _ => return fuzzer_mutate(data, size, max_size),
    }
    text.len()
}

fn change(root: &mut Value, chance: &mut fastrand::Rng) {
    let count = count(root);
    let other = nth(root, &mut chance.usize(..count)).map(|value| value.clone());
    let Some(value) = nth(root, &mut chance.usize(..count)) else { return };
    match chance.u8(..9) {
        0 | 1 => *value = odd(chance),
        2 => *value = other.unwrap_or_default(),
        3 => *value = json!([value.take()]),
        4 => *value = json!(value.to_string()),
        _ => match value {
            Value::Object(members) => change_members(members, other, chance),
            Value::Array(items) if !items.is_empty() => {
                let item = items[chance.usize(..items.len())].clone();
                let at = chance.usize(..items.len());
                match chance.u8(..3) {
                    0 => _ = items.remove(at),
                    1 => items.insert(at, item),
                    _ => items.insert(at, other.unwrap_or_default()),
                }
            }
            Value::String(text) => change_text(text, chance),
            Value::Number(number) => {
                let near = number.as_i64().unwrap_or_default().wrapping_add(chance.i64(-2..=2));
                *value = json!(near);
            }
            value => *value = odd(chance),
        },
    }
}

fn change_members(members: &mut Map<String, Value>, other: Option<Value>, chance: &mut fastrand::Rng) {
    let Some(name) = chance.choice(members.keys()).cloned() else { return };
    match chance.u8(..3) {
        0 => _ = members.remove(&name),
        1 => _ = members.insert(name, other.unwrap_or_default()),
        _ => {
            let value = members.remove(&name).unwrap_or_default();
            let known = NAMES[chance.usize(..NAMES.len())];
            members.insert(known.to_owned(), value);
        }
    }
}

fn change_text(text: &mut String, chance: &mut fastrand::Rng) {
    let at = text.floor_char_boundary(chance.usize(..=text.len()));
    match chance.u8(..4) {
        0 => text.truncate(at),
        1 => text.insert_str(at, ["…", "\0", "\u{ffff}", "\"", "'", "{", "\n", "𝄞", "-0", "Z"][chance.usize(..10)]),
        2 => *text = text.repeat(1 + chance.usize(..40)),
        _ => *text = NAMES[chance.usize(..NAMES.len())].to_owned(),
    }
}

fn odd(chance: &mut fastrand::Rng) -> Value {
    match chance.u8(..12) {
        0 => Value::Null,
        1 => json!(chance.bool()),
        2 => json!(i64::MIN),
        3 => json!(u64::MAX),
        4 => json!(-0.0),
        5 => json!(1.797_693_134_862_315_7e308),
        6 => json!(""),
        7 => json!("x".repeat(chance.usize(..3_000))),
        8 => json!(
            ["2026-11-20T15:00:30.5Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-11-22T06:10:00"]
                [chance.usize(..4)]
        ),
        9 => json!({}),
        _ => json!(RAW[chance.usize(..RAW.len())].0),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value that comes so many after this one.
fn nth<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        _ => None,
    }
}

/// Names that mean something to somebody.
const NAMES: [&str; 40] = [
    "simulation_output_id",
    "coval_simulation_output_id",
    "session_id",
    "session.id",
    "sessionId",
    "metadata",
    "attributes",
    "gen_ai.operation.name",
    "gen_ai.prompt.0.content",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.usage.input_tokens",
    "gen_ai.tool.call.arguments",
    "gen_ai.request.model",
    "llm.input_messages.0.message.content",
    "llm.token_count.prompt",
    "openinference.span.kind",
    "input.value",
    "output.value",
    "tool.name",
    "tool.parameters",
    "lk.function_tool.arguments",
    "lk.response.ttft",
    "ai.prompt.messages",
    "metrics.ttfb",
    "exception.message",
    "exception.stacktrace",
    "usage_metadata",
    "invocation_params",
    "inputs",
    "outputs",
    "messages",
    "tool_calls",
    "arguments",
    "parent_id",
    "events",
    "error",
    "status",
    "name",
    "end_time",
];
