//! The whole relay on real servers: its own binaries, a simulated CBSS, an upstream system, and the faults of
//! all of them. `docs/guarantees.md` promises; these tests look.
//!
//! Each test has a virtual host and a database of its own on the servers of the test run; one that stops or
//! kills a server starts one for itself. Nothing waits for luck: every wait has a condition.

mod harness;

mod cancel;
mod changes;
mod crash;
#[cfg(debug_assertions)]
mod crash_looks;
mod daily;
mod damage;
mod dedup;
mod faults;
mod forms;
mod happy;
mod identify;
mod investigate;
mod kill;
mod lanes;
mod late;
mod operators;
mod outage;
mod outbox;
mod ping;
mod quarantine;
mod rejected;
mod repair;
mod reparse;
mod repeat;
mod restore;
mod secrets;
mod seeing;
mod servers;
mod settings;
mod timing;
mod tools;
