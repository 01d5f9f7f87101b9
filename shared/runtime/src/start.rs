use std::thread;

/// Does work on its own thread while the function asks for its first event, such as reading the machine's certificate authorities.
/// The start does not wait for it. If no thread can be started, the work is not done here, and the code that needs it does it later.
pub fn beside_the_start(work: impl FnOnce() + Send + 'static) {
    drop(thread::Builder::new().name("start".to_owned()).spawn(work));
}
