//! Against a real RabbitMQ: `cargo xtask test` starts one for the run; tests that stop it start their own.

mod batches;
mod parts;
mod publishing;
mod restart;
mod settling;
mod silence;
mod topology;
mod unreadable;
