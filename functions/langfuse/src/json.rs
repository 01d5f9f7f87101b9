//! JSON as an import can use it.

use std::borrow::Cow;

use spanlift_model::json::{Room, mended};

/// The whole text as `serde_json` reads it, whatever lenient writer wrote it, and no more of it than is stored.
pub(crate) fn usable(json: &str) -> Cow<'_, str> {
    mended(json, &mut { Room::OF_ROW })
}
