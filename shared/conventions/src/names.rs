//! Names in whatever spelling.

/// Are two names the same but for case and `_`: `promptTokens`, `prompt_tokens`?
pub(crate) fn is_same(one: &str, two: &str) -> bool {
    let (mut one, mut two) = (one.bytes(), two.bytes());
    let letter = |name: &mut std::str::Bytes<'_>| name.find(|byte| *byte != b'_');
    loop {
        match (letter(&mut one), letter(&mut two)) {
            (None, None) => return true,
            (Some(one), Some(two)) if one.eq_ignore_ascii_case(&two) => {}
            _ => return false,
        }
    }
}
