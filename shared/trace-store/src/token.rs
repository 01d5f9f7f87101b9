use spanlift_model::{Digest, ImportId, Span, Timestamp};

use crate::row::SpanRow;

/// The insert's deduplication token: SHA-256 over the import, when its schedule began, and its encoded rows, each behind its
/// length.
///
/// Not over the pass: the same rows are the same insert, whoever repeats it. But over the schedule: after rows were deleted a
/// new one may write them again, and under the old token the server would drop them in silence.
///
/// # Errors
/// A row that cannot be encoded.
pub fn token(import_id: ImportId, schedule: Timestamp, rows: &[Span]) -> Result<String, postcard::Error> {
    let mut digest = Digest::default();
    digest.add(import_id.to_string().as_bytes());
    digest.add(&schedule.nanos().to_be_bytes());
    let mut encoded = Vec::new();
    for row in rows {
        encoded.clear();
        postcard::to_io(&SpanRow::new(row), &mut encoded)?;
        digest.add(&encoded);
    }
    Ok(hex::encode(digest.finish()))
}
