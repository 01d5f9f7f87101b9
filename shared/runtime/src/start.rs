use std::thread;

/// Does work on a thread of its own while the function asks for its first event, such as reading the machine's certificate
/// authorities: a few milliseconds that no start has to wait for. Where no thread can be had it is not done, and whoever
/// needs it does it.
pub fn beside_the_start(work: impl FnOnce() + Send + 'static) {
    drop(thread::Builder::new().name("start".to_owned()).spawn(work));
}
