use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU8, Ordering};

use proptest::prelude::*;

use crate::{Context, KeyError, OpenError, Vault, create_keys};

/// Distinct nonces without a random generator: enough for a test.
fn counting() -> impl Fn(&mut [u8]) + Send + Sync + 'static {
    let counter = AtomicU8::new(1);
    move |buffer: &mut [u8]| buffer.fill(counter.fetch_add(1, Ordering::Relaxed))
}

fn vault() -> (tempfile::TempDir, Vault) {
    let directory = tempfile::tempdir().unwrap();
    create_keys(directory.path(), counting()).unwrap();
    let vault = Vault::open_directory(directory.path(), counting()).unwrap();
    (directory, vault)
}

const PLACE: Context<'static> = Context {
    place: "job.request",
    row: b"row-1",
};

#[test]
fn a_value_opens_in_its_own_place_only() {
    let (_directory, vault) = vault();
    let sealed = vault.seal(PLACE, b"what nobody may see");
    assert!(!sealed.windows(6).any(|window| window == b"nobody"));
    assert_eq!(&**vault.open(PLACE, &sealed).unwrap(), b"what nobody may see");
    for context in [
        Context {
            row: b"row-2",
            ..PLACE
        },
        Context {
            place: "job.reques",
            row: b"trow-1",
        },
    ] {
        assert!(matches!(
            vault.open(context, &sealed),
            Err(OpenError::Forged { .. })
        ));
    }
}

#[test]
fn every_bit_counts() {
    let (_directory, vault) = vault();
    let sealed = vault.seal_compressed(PLACE, b"abc");
    for index in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[index] ^= 1 << bit;
            assert!(vault.open(PLACE, &changed).is_err(), "byte {index} bit {bit}");
        }
    }
    assert!(matches!(
        vault.open(PLACE, &sealed[..20]),
        Err(OpenError::Format { .. })
    ));
}

#[test]
fn an_older_key_still_opens_and_the_newest_seals() {
    let (directory, vault) = vault();
    let old = vault.seal(PLACE, b"old");
    let other = tempfile::tempdir().unwrap();
    create_keys(other.path(), |buffer| buffer.fill(77)).unwrap();
    fs::copy(
        other.path().join("seal-1.key"),
        directory.path().join("seal-2.key"),
    )
    .unwrap();
    let rotated = Vault::open_directory(directory.path(), counting()).unwrap();
    assert_eq!(rotated.current_key(), 2);
    assert_eq!(&**rotated.open(PLACE, &old).unwrap(), b"old");
    let new = rotated.seal(PLACE, b"new");
    assert!(matches!(
        vault.open(PLACE, &new),
        Err(OpenError::UnknownKey { number: 2, .. })
    ));
}

#[test]
fn hashes_depend_on_domain_parts_and_key() {
    let (_directory, vault) = vault();
    let hash = vault.hash("ssin", &[b"ab", b"c"]);
    assert_eq!(hash, vault.hash("ssin", &[b"ab", b"c"]));
    assert_ne!(hash, vault.hash("ssin", &[b"a", b"bc"]));
    assert_ne!(hash, vault.hash("key", &[b"ab", b"c"]));
    let directory = tempfile::tempdir().unwrap();
    create_keys(directory.path(), |buffer| buffer.fill(9)).unwrap();
    assert_ne!(
        hash,
        Vault::open_directory(directory.path(), counting())
            .unwrap()
            .hash("ssin", &[b"ab", b"c"])
    );
}

#[test]
fn the_hash_is_hmac_sha_256() {
    // RFC 4231 test case 2 has a short key, filled up with zeros as ours are; here: key of 32 zero bytes,
    // message = the 8-byte length 0 of an empty domain. Computed with OpenSSL:
    // printf '\0\0\0\0\0\0\0\0' | openssl dgst -sha256 -mac HMAC -macopt hexkey:<64 zeros>
    let hash = crate::hash::keyed_hash(&[0; 32], "", &[]);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, HMAC_OF_EIGHT_ZEROS);
}

const HMAC_OF_EIGHT_ZEROS: &str = "f375180aba92888401f1919be4a8715a62763b65c1c10e1d0858e81d4d6f9fd2";

#[test]
fn bad_key_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Vault::open_directory(directory.path(), counting()).unwrap_err();
    assert!(matches!(
        open(),
        KeyError::Missing {
            what: "seal-<number>.key",
            ..
        }
    ));
    create_keys(directory.path(), counting()).unwrap();
    assert!(
        create_keys(directory.path(), counting()).is_err(),
        "existing keys are never overwritten"
    );
    let path = directory.path().join("seal-2.key");
    fs::write(&path, "short").unwrap();
    for (mode, is_open) in [(0o400, false), (0o440, false), (0o622, true), (0o604, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        match open() {
            KeyError::Open { .. } => assert!(is_open, "{mode:o}"),
            KeyError::Shape { .. } => assert!(!is_open, "{mode:o}"),
            other @ (KeyError::Io { .. } | KeyError::Missing { .. }) => panic!("{other}"),
        }
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(plain in proptest::collection::vec(any::<u8>(), 0..2_000), row: [u8; 16]) {
        let (_directory, vault) = vault();
        let context = Context { place: "attempt.answer", row: &row };
        prop_assert_eq!(&**vault.open(context, &vault.seal(context, &plain)).unwrap(), &plain[..]);
        prop_assert_eq!(&**vault.open(context, &vault.seal_compressed(context, &plain)).unwrap(), &plain[..]);
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (_directory, vault) = vault();
        prop_assert!(vault.open(PLACE, &bytes).is_err());
    }
}
