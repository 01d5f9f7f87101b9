//! Secrets that can be recognised, and the search for them in whatever form they may have got out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// As few characters of a secret as a search finds: a log that shows how a key begins says too much.
const SHORTEST: usize = 8;

/// A secret with a core that stands nowhere by chance.
#[derive(Clone)]
pub(crate) struct Mark {
    /// What it is, for the report.
    pub(crate) what: &'static str,
    /// The secret as it is entered: the core in the shape that a customer's key has.
    pub(crate) value: String,
    core: &'static str,
}

impl Mark {
    /// `shape` with `{}` where the core stands.
    pub(crate) fn new(what: &'static str, shape: &str, core: &'static str) -> Self {
        Self { what, value: shape.replace("{}", core), core }
    }
}

/// The secrets of which something stands in `text`: what, and in which form.
pub(crate) fn found(text: &str, marks: &[Mark]) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for mark in marks {
        let forms = [
            ("itself", windows(mark.core)),
            ("in another case", windows(&mark.core.to_lowercase())),
            ("backwards", windows(&mark.core.chars().rev().collect::<String>())),
            ("in hexadecimal", windows(&hex::encode(mark.core))),
            ("encoded for an address", windows(&percent(mark.core))),
            ("as a list of bytes", windows(&format!("{:?}", &mark.core.as_bytes()[..SHORTEST]))),
        ];
        for (form, windows) in forms.into_iter().chain(base64(mark.core)) {
            let text = if form == "in another case" || form == "in hexadecimal" { &lower } else { text };
            if let Some(piece) = windows.iter().find(|piece| text.contains(piece.as_str())) {
                found.push(format!("{} {form}: {}", mark.what, around(text, piece)));
                break;
            }
        }
    }
    found
}

/// Every piece of the shortest length, and so of every longer one.
fn windows(text: &str) -> Vec<String> {
    let length = if text.len() > 4 * SHORTEST { 2 * SHORTEST } else { SHORTEST };
    let characters: Vec<char> = text.chars().collect();
    characters.windows(length).map(|window| window.iter().collect()).collect()
}

/// Whatever stands before it in the text that was encoded, some of its characters always come out the same.
fn base64(core: &str) -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let of = |engine: &dyn Fn(&[u8]) -> String| -> Vec<String> {
        let behind = |before: usize| {
            let encoded = engine(&[vec![b' '; before], core.as_bytes().to_vec()].concat());
            encoded[4..encoded.len() - 4].to_owned()
        };
        (0..3).flat_map(|before| windows(&behind(before))).collect()
    };
    let forms = [of(&|bytes| STANDARD_NO_PAD.encode(bytes)), of(&|bytes| URL_SAFE_NO_PAD.encode(bytes))];
    forms.into_iter().map(|windows| ("in base64", windows))
}

fn percent(core: &str) -> String {
    hex::encode_upper(core).as_bytes().chunks(2).flat_map(|pair| ["%", std::str::from_utf8(pair).unwrap()]).collect()
}

fn around<'t>(text: &'t str, piece: &str) -> &'t str {
    let at = text.find(piece).unwrap_or_default();
    let (from, to) = (text.floor_char_boundary(at.saturating_sub(120)), text.ceil_char_boundary(at + 120));
    &text[from..to]
}

#[test]
fn a_secret_is_found_in_every_form() {
    let marks = [Mark::new("key", "sk-{}", "Qz7LmW3xRt9KvB5nYc2HdP8s")];
    let value = marks[0].value.as_str();
    let pair = format!("pk-lf-1:{value}");
    for text in [
        value.to_owned(),
        "key sk-Qz7LmW3x… is wrong".to_owned(),
        value.to_uppercase(),
        format!("{value:?}"),
        hex::encode(value),
        hex::encode_upper(value),
        percent(value),
        STANDARD_NO_PAD.encode(value),
        STANDARD_NO_PAD.encode(&pair),
        STANDARD_NO_PAD.encode(format!("x{pair}")),
        URL_SAFE_NO_PAD.encode(format!("xy{pair}")),
        format!("{:?}", value.as_bytes()),
        value.chars().rev().collect(),
    ] {
        assert_eq!(found(&format!("before {text} after"), &marks).len(), 1, "{text}");
    }
    assert_eq!(
        found("sk-Qz7LmW3 is not enough to find it; Authorization: Basic xxxxxxxxxxxxxxxxxxxx", &marks),
        [""; 0]
    );
}
