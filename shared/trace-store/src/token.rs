use sha2::{Digest, Sha256};
use spanlift_model::{ImportId, Span};

use crate::row::SpanRow;

/// The insert's deduplication token: SHA-256 over the import and its encoded rows, each behind its length.
///
/// Not over the pass: the same rows are the same insert, whoever repeats it.
pub(crate) fn token(import_id: ImportId, rows: &[Span]) -> Result<String, serde_json::Error> {
    let mut hasher = Sha256::new();
    let mut add = |part: &[u8]| {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    };
    add(import_id.to_string().as_bytes());
    let mut encoded = Vec::new();
    for row in rows {
        encoded.clear();
        serde_json::to_writer(&mut encoded, &SpanRow::new(row))?;
        add(&encoded);
    }
    Ok(hex::encode(hasher.finalize()))
}
