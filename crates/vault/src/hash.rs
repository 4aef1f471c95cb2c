//! Keyed hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 32 bytes that stand for a value without showing it.
pub type KeyedHash = [u8; 32];

/// HMAC-SHA-256 over the domain and the parts, each preceded by its length: no two different lists of
/// parts share their bytes, and hashes of different domains never compare equal by construction.
pub(crate) fn keyed_hash(key: &[u8; 32], domain: &str, parts: &[&[u8]]) -> KeyedHash {
    // HMAC takes keys of any length; `From` for this key size cannot fail.
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&(*key).into_hmac_key());
    for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC's own key type has the size of SHA-256's block; shorter keys are filled up with zeros (RFC 2104 §2).
trait IntoHmacKey {
    fn into_hmac_key(self) -> hmac::digest::Key<Hmac<Sha256>>;
}

impl IntoHmacKey for [u8; 32] {
    fn into_hmac_key(self) -> hmac::digest::Key<Hmac<Sha256>> {
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key[..32].copy_from_slice(&self);
        key
    }
}
