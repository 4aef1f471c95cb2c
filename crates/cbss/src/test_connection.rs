//! TestConnection, version 1: the CBSS says back what it is told, and which certificate it sees.
//!
//! It names no person, needs no legal context and no registration, and leaves no consultation on record: the way to see
//! whether an access works.

mod build;
mod parse;

pub use build::{build, problems};
pub use parse::parse;
