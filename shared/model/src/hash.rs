use sha2::{Digest as _, Sha256};

/// SHA-256 over parts, each behind its length, so that no two lists of parts share a hash by where they split.
#[derive(Clone, Debug, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Adds a part.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    /// The hash of all parts.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The hash of these parts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Digest::default();
    for part in parts {
        digest.add(part);
    }
    digest.finish()
}
