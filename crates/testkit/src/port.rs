//! Free ports that stay free while a server is down.
//!
//! Ports come from below the range that the kernel gives to outgoing connections, so that no client
//! takes a server's port between its stop and its restart. A reservation is an abstract socket named
//! after the port: it is visible to every run on this machine and ends with the process that holds it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::Mutex;

use anyhow::bail;

const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

static RESERVATIONS: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());

/// A TCP port on 127.0.0.1 that nobody listens on, reserved for this process until it ends.
///
/// # Errors
/// When no port between 20000 and 32000 is free.
pub fn free_port() -> anyhow::Result<u16> {
    let span = u64::from(LAST - FIRST);
    let offset = arbitrary_number() % span;
    for step in 0..span {
        let port = FIRST + u16::try_from((offset + step) % span)?;
        let name = SocketAddr::from_abstract_name(format!("relay-testkit-port-{port}"))?;
        let Ok(reservation) = UnixListener::bind_addr(&name) else {
            continue;
        };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            let mut held = RESERVATIONS
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            held.push(reservation);
            return Ok(port);
        }
    }
    bail!("no free TCP port between {FIRST} and {LAST} on 127.0.0.1")
}

/// A number that differs from process to process and call to call. It only spreads names and ports:
/// uniqueness comes from the file system and the kernel.
pub(crate) fn arbitrary_number() -> u64 {
    RandomState::new().build_hasher().finish()
}
