//! Sealing of personal data before it reaches the database, and keyed hashes to look things up by.
//!
//! * **Sealing**: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random 192-bit nonce per value,
//!   wide enough that random nonces of all replicas never meet. The associated data name the table and
//!   the row, so a sealed value that is copied to another row, or another column's table, does not open.
//! * **Keyed hashes**: HMAC-SHA-256 (RFC 2104) with a domain name, for lookups and comparisons. Without
//!   the key an SSIN's hash could be found by trying all numbers.
//! * **Keys** lie in a directory: `seal-<number>.key` (the highest number seals, all of them open) and
//!   `hash.key`, each 32 bytes written as 64 hexadecimal digits.
//!
//! A sealed value, in bytes: format (1: plain, 2: zstd inside) · key number, big-endian (2) · nonce (24) ·
//! ciphertext · tag (16). The header is authenticated too. Compression comes before sealing and is used
//! for values that one party alone writes (an answer, the rows read from it), never for a secret mixed
//! with text of another sender, whose length would then tell about the secret.

mod compress;
mod hash;
mod keys;
mod seal;

pub use hash::KeyedHash;
pub use keys::{KeyError, create_keys};
pub use seal::{Context, OpenError, Vault};

#[cfg(test)]
mod tests;
