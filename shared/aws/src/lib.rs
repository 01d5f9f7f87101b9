//! AWS behind the engine's traits: the ledger on `DynamoDB`, connections on Secrets Manager, queues on SQS.
//!
//! Adapters, and thin: what an import means is decided in the engine. Errors keep the service's code and message, and
//! never a credential or a secret's value.

mod cache;
mod clients;
mod connections;
mod credentials;
mod dead_letters;
mod errors;
mod ledger;
mod queues;

#[cfg(test)]
mod tests;

pub use aws_config::SdkConfig;
#[cfg(feature = "profiles")]
pub use clients::of_person;
pub use clients::{of_function, read_certificates};
pub use connections::{Connections, UNVERIFIED_TAG};
pub use credentials::read_secret;
pub use dead_letters::{DeadLetter, DeadLetters};
pub use ledger::{DynamoLedger, Entries, FanoutEntry, ImportEntry, RecentEntry};
pub use queues::{QueueUrls, Queues};
