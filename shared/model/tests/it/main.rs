//! The model, tested through its public face.

mod correlation;
mod event;
mod ids;
mod import;
mod tree;
