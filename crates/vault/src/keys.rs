//! Keys from files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

/// 32 bytes that are wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// The keys of a directory.
pub(crate) struct Keys {
    pub(crate) seal: BTreeMap<u16, Key>,
    pub(crate) hash: Key,
}

/// Why keys could not be read or made.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The directory or a file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not 64 hexadecimal digits.
    #[error(
        "{path}: a key is 64 hexadecimal digits on one line; make keys with `relayctl keys create DIRECTORY`"
    )]
    Shape {
        /// Which file.
        path: PathBuf,
    },
    /// Others may read a key, or others than the owner may write it.
    #[error("{path}: this key is open to others; `chmod 0400` it")]
    Open {
        /// Which file.
        path: PathBuf,
    },
    /// A key is missing.
    #[error("{directory}: there is no {what}; make keys with `relayctl keys create DIRECTORY`")]
    Missing {
        /// Where it was looked for.
        directory: PathBuf,
        /// What is missing.
        what: &'static str,
    },
}

impl Keys {
    pub(crate) fn read(directory: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io {
            path: directory.to_owned(),
            source,
        };
        let mut seal = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let number = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_prefix("seal-")?.strip_suffix(".key"))
                .and_then(|number| number.parse::<u16>().ok());
            if let Some(number) = number {
                seal.insert(number, read_key(&path)?);
            }
        }
        let missing = |what| KeyError::Missing {
            directory: directory.to_owned(),
            what,
        };
        if seal.is_empty() {
            return Err(missing("seal-<number>.key"));
        }
        let hash = directory.join("hash.key");
        if !hash.exists() {
            return Err(missing("hash.key"));
        }
        Ok(Self {
            seal,
            hash: read_key(&hash)?,
        })
    }
}

fn read_key(path: &Path) -> Result<Key, KeyError> {
    let io = |source| KeyError::Io {
        path: path.to_owned(),
        source,
    };
    let mode = fs::metadata(path).map_err(io)?.permissions().mode();
    if mode & 0o026 != 0 {
        return Err(KeyError::Open {
            path: path.to_owned(),
        });
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
    parse(text.trim_end()).ok_or_else(|| KeyError::Shape {
        path: path.to_owned(),
    })
}

fn parse(text: &str) -> Option<Key> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut key = Zeroizing::new([0u8; 32]);
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let nibble = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        };
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(key)
}

/// Makes a directory with one sealing key and a hash key; existing files are never overwritten.
///
/// `fill` fills a buffer with bytes from the operating system's random generator.
pub fn create_keys(directory: &Path, fill: impl Fn(&mut [u8])) -> Result<Vec<PathBuf>, KeyError> {
    fs::create_dir_all(directory).map_err(|source| KeyError::Io {
        path: directory.to_owned(),
        source,
    })?;
    ["seal-1.key", "hash.key"]
        .into_iter()
        .map(|name| {
            let path = directory.join(name);
            let mut key: Key = Zeroizing::new([0; 32]);
            fill(&mut key[..]);
            let text: Zeroizing<String> =
                Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
            fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o400)
                .open(&path)
                .and_then(|mut file| writeln!(file, "{}", text.as_str()).and_then(|()| file.sync_all()))
                .map_err(|source| KeyError::Io {
                    path: path.clone(),
                    source,
                })?;
            Ok(path)
        })
        .collect()
}
