//! Good documents, damaged: what the bounded tests are fed with. Those of `crates/cbss` and `proto` include this file.

use proptest::prelude::*;
use proptest::sample::Index;

/// One thing that happens to a document on its way.
#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    Byte(Index, u8),
    Bit(Index, u8),
    Remove(Index, Index),
    /// A part of the document once more, somewhere else; perhaps many times.
    Repeat(Index, Index, Index, usize),
    /// A piece of the format where it does not belong; perhaps many times.
    Insert(Index, Vec<u8>, usize),
    /// The same where one thing ends and another begins: the document often stays what it was, with more in it.
    Between(Index, Vec<u8>, usize),
    /// Something in front of everything: byte order marks, declarations.
    Before(Vec<u8>),
    /// Every character in two bytes.
    Widen(bool),
}

/// One of the documents after up to eight damages; `pieces` are what its format is made of.
pub(crate) fn damaged(
    documents: &[&[u8]],
    pieces: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> + use<> {
    let documents: Vec<Vec<u8>> = documents.iter().map(|document| document.to_vec()).collect();
    // After many damages little of a document is left to be read.
    let several = |most| prop::collection::vec(damage(pieces), 1..=most);
    let damages = prop_oneof![2 => several(1), 2 => several(3), 1 => several(8)];
    (prop::sample::select(documents), damages).prop_map(|(mut document, damages)| {
        for damage in damages {
            damage.apply(&mut document);
        }
        document
    })
}

fn damage(pieces: &'static [&'static str]) -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    let times = prop_oneof![6 => Just(1), 3 => 2..20usize, 1 => 20..2_000usize];
    let piece = || prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec());
    let mark = prop::sample::select(vec![
        &b"\xef\xbb\xbf"[..],
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfe\x00\x00",
        b"\x00",
        b" \n",
    ]);
    prop_oneof![
        2 => at().prop_map(Damage::Cut),
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        3 => (at(), 0..8u8).prop_map(|(at, bit)| Damage::Bit(at, bit)),
        3 => (at(), at()).prop_map(|(from, to)| Damage::Remove(from, to)),
        4 => (at(), at(), at(), times.clone()).prop_map(|(from, to, at, times)| Damage::Repeat(from, to, at, times)),
        4 => (at(), piece(), times.clone()).prop_map(|(at, piece, times)| Damage::Insert(at, piece, times)),
        6 => (at(), piece(), times).prop_map(|(at, piece, times)| Damage::Between(at, piece, times)),
        1 => mark.prop_map(|mark| Damage::Before(mark.to_vec())),
        1 => piece().prop_map(Damage::Before),
        1 => any::<bool>().prop_map(Damage::Widen),
    ]
}

/// No document grows beyond this: size has tests of its own.
const LARGEST: usize = 256 * 1024;

impl Damage {
    fn apply(self, document: &mut Vec<u8>) {
        let length = document.len();
        let place = |at: Index| at.index(length + 1);
        let range = |from: Index, to: Index| {
            let (from, to) = (place(from), place(to));
            from.min(to)..from.max(to)
        };
        let times = |times: usize, piece: usize| times.min(LARGEST.saturating_sub(length) / piece.max(1));
        match self {
            Self::Cut(at) => document.truncate(place(at)),
            Self::Byte(at, byte) if length > 0 => document[at.index(length)] = byte,
            Self::Bit(at, bit) if length > 0 => document[at.index(length)] ^= 1 << bit,
            Self::Byte(..) | Self::Bit(..) => {}
            Self::Remove(from, to) => drop(document.drain(range(from, to))),
            Self::Repeat(from, to, at, count) => {
                let part = document[range(from, to)].to_vec();
                let at = place(at);
                document.splice(at..at, part.repeat(times(count, part.len())));
            }
            Self::Between(at, piece, count) => {
                let ends: Vec<usize> = (1..=length)
                    .filter(|at| matches!(document[at - 1], b'>' | b',' | b'{' | b'['))
                    .collect();
                let at = if ends.is_empty() {
                    length
                } else {
                    ends[at.index(ends.len())]
                };
                document.splice(at..at, piece.repeat(times(count, piece.len())));
            }
            Self::Insert(at, piece, count) => {
                let at = place(at);
                document.splice(at..at, piece.repeat(times(count, piece.len())));
            }
            Self::Before(bytes) => drop(document.splice(0..0, bytes)),
            Self::Widen(big_endian) => {
                let wide = |byte| if big_endian { [0, byte] } else { [byte, 0] };
                *document = document.iter().copied().flat_map(wide).collect();
            }
        }
    }
}
