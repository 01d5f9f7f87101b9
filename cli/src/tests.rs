//! Tables, trees and sentences as snapshots; replays in virtual time, over a made-up ledger.

mod configuration;
mod connections;
mod explain;
mod input;
mod insight;
mod made_up;
mod progress;
mod redrive;
mod replay;
mod show;
mod summary;
mod tree;
mod waterfall;
