use tokio::task::spawn_blocking;

/// A body over this takes longer to read than the wire should wait.
const LARGE: usize = 256 << 10;

/// Reads an answer of so many bytes: a large one on a thread for such work, so that the next one comes meanwhile. `None` where
/// the work panicked.
pub async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if bytes > LARGE { spawn_blocking(work).await.ok() } else { Some(work()) }
}
