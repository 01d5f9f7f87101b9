//! Names in whatever spelling.

/// Are two names the same but for case and `_`: `promptTokens`, `prompt_tokens`?
pub(crate) fn is_same(one: &str, two: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
    }
    letters(one).eq(letters(two))
}
