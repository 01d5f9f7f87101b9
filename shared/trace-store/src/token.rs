use sha2::{Digest, Sha256};
use spanlift_model::{ImportId, Span, Timestamp};

use crate::row::SpanRow;

/// The insert's deduplication token: SHA-256 over the import, when its schedule began, and its encoded rows, each behind its
/// length.
///
/// Not over the pass: the same rows are the same insert, whoever repeats it. But over the schedule: after rows were deleted a
/// new one may write them again, and under the old token the server would drop them in silence.
pub(crate) fn token(import_id: ImportId, schedule: Timestamp, rows: &[Span]) -> Result<String, serde_json::Error> {
    let mut hasher = Sha256::new();
    let mut add = |part: &[u8]| {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    };
    add(import_id.to_string().as_bytes());
    add(&schedule.nanos().to_be_bytes());
    let mut encoded = Vec::new();
    for row in rows {
        encoded.clear();
        serde_json::to_writer(&mut encoded, &SpanRow::new(row))?;
        add(&encoded);
    }
    Ok(hex::encode(hasher.finalize()))
}
