//! Connections: made, looked at, verified, their keys replaced, removed.
//!
//! A key comes from a prompt without echo, a file or standard input, and never from an argument. A new key is tried by the
//! function itself before it counts (docs/adr/0028-a-key-counts-once-it-is-verified.md).

pub mod adapters;
pub mod arguments;
mod checks;
mod connect;
mod connection;
mod disconnect;
mod error;
mod fields;
mod input;
mod list;
pub mod ports;
mod replace;
mod tell;
mod trial;
mod verify;

pub use connect::connect;
pub use connection::Connection;
pub use disconnect::disconnect;
pub use error::ConnectionsError;
pub use input::{Asking, Terminal};
pub use list::connections;
pub use replace::replace_key;
pub use verify::verify;
