//! zstd with contexts that are kept: making one costs more than compressing an answer.

use std::io;
use std::sync::{Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};

/// Level 1: an answer of 24 kB shrinks to about a tenth in some 50 µs; higher levels gain little on XML.
const LEVEL: i32 = 1;

#[derive(Default)]
pub(crate) struct Contexts {
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

impl Contexts {
    pub(crate) fn compress(&self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let kept = self
            .compressors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut context = kept.map_or_else(|| Compressor::new(LEVEL), Ok)?;
        let compressed = context.compress(plain);
        self.compressors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(context);
        compressed
    }

    pub(crate) fn decompress(&self, compressed: &[u8], max_bytes: usize) -> io::Result<Vec<u8>> {
        let kept = self
            .decompressors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut context = kept.map_or_else(Decompressor::new, Ok)?;
        let plain = context.decompress(compressed, max_bytes);
        self.decompressors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(context);
        plain
    }
}
