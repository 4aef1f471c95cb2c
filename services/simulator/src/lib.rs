//! A stand-in for the Crossroads Bank for Social Security (CBSS): the same endpoint, strict about requests, invented
//! people as answers, faults by script, and a ledger of what it received.
//!
//! It is an independent reading of the protocol and shares no code with the client side of the relay: a mistake made
//! on both sides would show nowhere. Services are modules of their own: [`tigroups`], [`testconnection`], [`insurance`], [`unemployment`], and behind one
//! [`connector`] [`manageaccess`], [`identifyperson`], [`performinvestigation`] and [`loi65`], with [`schema`] and [`soap`] beneath and the handling of a call
//! around them (`exchange`). ManageAccess writes [`registrations`].
//! What tests and demonstrations steer and read is in [`control`], [`faults`] and [`ledger`].

pub mod access;
pub mod connector;
pub mod control;
mod exchange;
pub mod faults;
pub mod identifyperson;
pub mod insurance;
pub mod ledger;
pub mod loi65;
pub mod manageaccess;
pub mod options;
pub mod performinvestigation;
pub mod population;
pub mod register;
pub mod registrations;
pub mod run;
pub mod schema;
pub mod server;
pub mod service;
pub mod simulator;
mod soa;
pub mod soap;
pub mod testconnection;
pub mod tigroups;
pub mod tls;
pub mod unemployment;
