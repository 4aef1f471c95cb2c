//! The simulator over real sockets.

mod access;
mod access_faults;
mod access_refusals;
mod common;
mod dialect;
mod endpoint;
mod faults;
mod forms;
mod identify;
mod process;
mod schema;
mod testing;
