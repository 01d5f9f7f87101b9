//! Whole imports in virtual time, against fakes of everything outside the engine.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod attempts;
mod calls;
mod direct;
mod fallback;
mod faults;
mod force;
mod losses;
mod outcome;
mod passes;
mod straight;
mod tries;
mod world;
