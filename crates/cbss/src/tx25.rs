//! RetrieveTIGroups ("Tx25"): what the national register knows of a person, as groups of information types.
//!
//! Requests go out in version 2 (RetrieveTIGroupsV2.xsd of 2017-06-28); replies of versions 1 and 2, which
//! differ in namespaces and in the order of elements, are read alike.

mod build;
mod groups;
mod parse;
mod rows;
mod text;

pub use build::{build, ssin_fits_schema};
pub use groups::{Group, TitleSource, group};
pub use parse::parse;
pub use text::field_label;
