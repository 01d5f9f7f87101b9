use sha2::{Digest, Sha256};

/// SHA-256 over `parts`, each behind its length, so that no two lists of parts share a hash by where they split.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
