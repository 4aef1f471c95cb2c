//! Real servers for tests: private RabbitMQ and PostgreSQL instances, started from the installed
//! binaries on free ports in a directory of their own, and removed again. Also a runner for our own
//! binaries and [`wait_for`].
//!
//! One broker and one database server serve a whole test run: `cargo xtask test` starts them, and
//! tests reach them through [`shared`], each with a virtual host and a database of its own. Only a
//! test that stops or kills a server starts one for itself.
//!
//! Every process that is started here carries the path of its run directory in its environment
//! ([`run_dir::MARKER`]). That is the proof of ownership by which leftovers of a killed run are
//! found and ended; nothing is ever ended by its name.
//!
//! Linux only: processes are read from `/proc`, and ports are reserved by abstract sockets.

pub mod account;
pub mod http;
pub mod install;
pub mod installation;
pub mod port;
pub mod postgres;
pub mod process;
pub mod rabbitmq;
pub mod run_dir;
pub mod service;
pub mod shared;
mod wait;

pub use installation::{Installation, InstallationOptions};
pub use port::free_port;
pub use postgres::{Postgres, PostgresAccess, PostgresOptions};
pub use rabbitmq::{RabbitAccess, RabbitMq, RabbitMqOptions, Vhost};
pub use run_dir::RunDir;
pub use service::{Service, ServiceCommand};
pub use wait::{poll_until, wait_for};
