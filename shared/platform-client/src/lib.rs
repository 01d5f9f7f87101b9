//! The one HTTP client to customers' hosts.
//!
//! A host comes from a customer and receives a credential, so nothing here trusts it: [`BaseUrl`] and [`AllowList`]
//! say what may be called, the resolver checks every address that a connection is made to, [`Response`] takes no more
//! than it can hold, the module `retry` says when to send again, and [`PagingGuard`] that paging ends. What a status means is
//! the provider's to say, `status.rs` where platforms agree.

mod addresses;
mod allow_list;
mod aside;
mod base_url;
mod client;
mod failure;
mod origin;
mod origins;
mod paging;
mod regions;
mod request;
mod resolver;
mod response;
mod retry;
mod retry_after;
mod status;
mod tls;
mod transport;
#[cfg(test)]
mod wire_tests;

pub use allow_list::{AllowList, AllowListError};
pub use aside::aside;
pub use base_url::{Access, BaseUrl};
pub use client::{Calls, Limits, PlatformClient};
pub use paging::{NextPage, PagingGuard};
pub use regions::other_regions;
pub use request::Request;
pub use response::{Response, has_broken_byte};
pub use status::Advice;
pub use tls::read_certificates;
