//! What a run says that decides, with the runs around it, what is whose.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use spanlift_conventions::stated_first_bytes;
use spanlift_model::json::{Value, to_text};

use crate::own::Usage;
use crate::record::LangSmithRun;
use crate::unwrap::{is_named_as_speech, view};
use crate::usage;

/// What a run says that decides, with the runs around it, what is whose.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Facts {
    /// What it used, where the entry in its metadata counts and where it does not.
    pub(crate) usage: [Option<Usage>; 2],
    /// A model was called, by its type or name.
    pub(crate) is_call: bool,
    pub(crate) is_embedding: bool,
    pub(crate) is_named_as_speech: bool,
    pub(crate) costs: [Option<f64>; 3],
    pub(crate) has_first_token: bool,
    /// The entry of its metadata for what it used.
    pub(crate) usage_entry: Option<Fingerprint>,
    /// Those for the seconds to the first byte, by name, in the order in which they count.
    pub(crate) first_bytes: Vec<(&'static str, f64)>,
}

/// Equal for equal entries of metadata.
pub(crate) type Fingerprint = u64;

impl Facts {
    pub(crate) fn of(run: &LangSmithRun) -> Self {
        let is_call = run.is_call();
        let fingerprint = |name: &str| run.metadata.get(name).map(fingerprint);
        let view = view(run);
        let used = |takes_metadata| is_call.then(|| usage::find(run, takes_metadata)).flatten();
        let with_metadata = used(true);
        let is_in_metadata = run.metadata.contains_key("usage_metadata");
        let usage = [with_metadata, if is_in_metadata { used(false) } else { with_metadata }];
        let first_bytes = stated_first_bytes(&view).collect();
        Self {
            usage,
            is_call,
            is_embedding: run.run_type == "embedding",
            is_named_as_speech: is_named_as_speech(run),
            costs: usage::counted_costs(run),
            has_first_token: run.first_token_at.is_some(),
            usage_entry: fingerprint("usage_metadata"),
            first_bytes,
        }
    }
}

fn fingerprint(value: &Value) -> Fingerprint {
    let mut hasher = DefaultHasher::new();
    to_text(value).hash(&mut hasher);
    hasher.finish()
}
