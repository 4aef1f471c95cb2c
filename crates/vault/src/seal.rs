//! Sealed values.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chacha20poly1305::aead::{AeadInOut, Buffer, Error as AeadError, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::compress::Contexts;
use crate::hash::{KeyedHash, keyed_hash};
use crate::keys::{Key, KeyError, Keys};

const PLAIN: u8 = 1;
const COMPRESSED: u8 = 2;
const HEADER: usize = 3;
const NONCE: usize = 24;
const TAG: usize = 16;
/// What a compressed value may unfold to: more than the largest answer that is accepted (64 MiB).
const MAX_PLAIN: usize = 80 * 1024 * 1024;

/// Where a sealed value belongs; it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The table, and the column where a table has several sealed ones: `attempt.answer`.
    pub place: &'a str,
    /// The row's key, as bytes.
    pub row: &'a [u8],
}

/// Why a sealed value does not open. No variant carries any of it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Too short, or of a format that this version does not know.
    #[error("{place}: not a sealed value of a known format")]
    Format {
        /// Where it belongs.
        place: String,
    },
    /// Sealed with a key that is not in the key directory.
    #[error("{place}: sealed with key {number}, which is not in the key directory")]
    UnknownKey {
        /// Where it belongs.
        place: String,
        /// The key's number.
        number: u16,
    },
    /// Changed, moved from another row, or sealed with another key of the same number.
    #[error(
        "{place}: the sealed value was changed, or belongs to another row, or key {number} is another one"
    )]
    Forged {
        /// Where it belongs.
        place: String,
        /// The key's number.
        number: u16,
    },
}

/// Fills a buffer with random bytes.
type Fill = Box<dyn Fn(&mut [u8]) + Send + Sync>;

/// Seals, opens and hashes. Cheap to share behind an `Arc`.
pub struct Vault {
    ciphers: BTreeMap<u16, XChaCha20Poly1305>,
    current: u16,
    hash: Key,
    fill: Fill,
    contexts: Contexts,
}

impl Vault {
    /// Reads the keys of a directory. `fill` fills a buffer with bytes from the operating system's random
    /// generator; it is asked for one nonce per sealed value.
    pub fn open_directory(
        directory: &Path,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Result<Self, KeyError> {
        let keys = Keys::read(directory)?;
        let current = keys.seal.keys().next_back().copied().unwrap_or_default();
        let cipher = |key: &Key| XChaCha20Poly1305::new(&(**key).into());
        Ok(Self {
            ciphers: keys
                .seal
                .iter()
                .map(|(number, key)| (*number, cipher(key)))
                .collect(),
            current,
            hash: keys.hash,
            fill: Box::new(fill),
            contexts: Contexts::default(),
        })
    }

    /// Seals a value for its place.
    #[must_use]
    pub fn seal(&self, context: Context<'_>, plain: &[u8]) -> Vec<u8> {
        self.seal_as(PLAIN, context, plain)
    }

    /// Compresses and seals a value that one party alone wrote.
    #[must_use]
    pub fn seal_compressed(&self, context: Context<'_>, plain: &[u8]) -> Vec<u8> {
        match self.contexts.compress(plain) {
            Ok(compressed) => self.seal_as(COMPRESSED, context, &Zeroizing::new(compressed)),
            // Memory for a context is all that can be missing; the value matters more than its size.
            Err(_) => self.seal_as(PLAIN, context, plain),
        }
    }

    /// Opens a value, compressed or not.
    pub fn open(&self, context: Context<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let place = || context.place.to_owned();
        if sealed.len() < HEADER + NONCE + TAG || !matches!(sealed[0], PLAIN | COMPRESSED) {
            return Err(OpenError::Format { place: place() });
        }
        let (header, rest) = sealed.split_at(HEADER);
        let (nonce, ciphertext) = rest.split_at(NONCE);
        let number = u16::from_be_bytes([header[1], header[2]]);
        let cipher = self.ciphers.get(&number).ok_or_else(|| OpenError::UnknownKey {
            place: place(),
            number,
        })?;
        let nonce = XNonce::try_from(nonce).map_err(|_| OpenError::Format { place: place() })?;
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        cipher
            .decrypt_in_place(&nonce, &associated_data(header, context), &mut *plain)
            .map_err(|_| OpenError::Forged {
                place: place(),
                number,
            })?;
        if header[0] == PLAIN {
            return Ok(plain);
        }
        let size = zstd::zstd_safe::get_frame_content_size(&plain)
            .ok()
            .flatten()
            .unwrap_or(MAX_PLAIN as u64);
        let size = usize::try_from(size).ok().filter(|size| *size <= MAX_PLAIN);
        let size = size.ok_or_else(|| OpenError::Format { place: place() })?;
        let unfolded = self
            .contexts
            .decompress(&plain, size)
            .map_err(|_| OpenError::Format { place: place() })?;
        Ok(Zeroizing::new(unfolded))
    }

    /// HMAC-SHA-256 over the parts, within a domain: the same parts in another domain hash differently.
    #[must_use]
    pub fn hash(&self, domain: &str, parts: &[&[u8]]) -> KeyedHash {
        keyed_hash(&self.hash, domain, parts)
    }

    /// The number of the key that seals.
    #[must_use]
    pub fn current_key(&self) -> u16 {
        self.current
    }

    fn seal_as(&self, format: u8, context: Context<'_>, plain: &[u8]) -> Vec<u8> {
        let [high, low] = self.current.to_be_bytes();
        let header = [format, high, low];
        let mut nonce = [0u8; NONCE];
        (self.fill)(&mut nonce);
        let mut sealed = Vec::with_capacity(HEADER + NONCE + plain.len() + TAG);
        sealed.extend_from_slice(&header);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let mut tail = Tail {
            sealed: &mut sealed,
            start: HEADER + NONCE,
        };
        // A cipher of this family refuses messages beyond 256 GiB only.
        let cipher = &self.ciphers[&self.current];
        let outcome = cipher.encrypt_in_place(&nonce.into(), &associated_data(&header, context), &mut tail);
        assert!(outcome.is_ok(), "a message of more than 256 GiB cannot be sealed");
        sealed
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault(sealing with key {})", self.current)
    }
}

/// Header, place and row, each of which must be right for the value to open.
fn associated_data(header: &[u8], context: Context<'_>) -> Vec<u8> {
    let mut data = Vec::with_capacity(header.len() + context.place.len() + 1 + context.row.len());
    data.extend_from_slice(header);
    data.extend_from_slice(context.place.as_bytes());
    data.push(0);
    data.extend_from_slice(context.row);
    data
}

/// The part of a buffer behind header and nonce, sealed in place: one allocation per value.
struct Tail<'a> {
    sealed: &'a mut Vec<u8>,
    start: usize,
}

impl AsRef<[u8]> for Tail<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.sealed[self.start..]
    }
}

impl AsMut<[u8]> for Tail<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.sealed[self.start..]
    }
}

impl Buffer for Tail<'_> {
    fn extend_from_slice(&mut self, other: &[u8]) -> Result<(), AeadError> {
        self.sealed.extend_from_slice(other);
        Ok(())
    }

    fn truncate(&mut self, len: usize) {
        self.sealed.truncate(self.start + len);
    }
}
