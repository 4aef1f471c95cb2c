//! The readers of numbers and dates, fed with anything: the bounded form of the fuzz target `identifiers`.

mod body;
mod damage;

use proptest::prelude::*;

use damage::damaged;

/// Texts that are read, and pieces that come close to one.
const GOOD: [&[u8]; 8] = [
    b"80010100136",
    b"80.01.01-001.36",
    b"24203200171",
    b"2080-01-01",
    b"2080-01-00",
    b"0000-00-00",
    b"eupen-test",
    b"7f3c-1",
];
const PIECES: [&str; 12] = [
    "0",
    "00",
    "-",
    ".",
    "/",
    " ",
    "+1",
    "\u{feff}",
    "\u{ff11}",
    "\u{661}",
    "\u{1d7d9}",
    "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        body::any_text(&bytes);
    }

    #[test]
    fn digits_and_separators_get_an_answer(text in "[0-9]{0,6}[-0-9./ ]{0,14}[0-9]{0,6}") {
        body::any_text(text.as_bytes());
    }

    #[test]
    fn damaged_texts_get_an_answer(bytes in damaged(&GOOD, &PIECES)) {
        body::any_text(&bytes);
    }
}

#[test]
fn a_text_of_a_million_characters_gets_an_answer() {
    for piece in ["8", "-", "80010100136 ", "2080-01-01"] {
        body::any_text(piece.repeat(1_000_000 / piece.len()).as_bytes());
    }
}
