//! Text of others, made fit for a terminal: what would move its cursor, colour it or turn its lines about is shown, not
//! done.

use std::fmt::Write as _;

/// A text with everything but plain characters escaped as Rust would, bytes that are no UTF-8 included. Lines stay lines.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '\n' || !is_hostile(character) {
                text.push(character);
            } else {
                text.extend(character.escape_unicode());
            }
        }
        for byte in chunk.invalid() {
            // Writing into a String does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The same for what stands in a line: line ends are escaped as well.
pub(crate) fn in_line(text: &str) -> String {
    printable(text.as_bytes()).replace('\n', "\\u{a}")
}

/// Control characters of both blocks, and the marks that change direction, hide or separate lines (Unicode Cf, Zl, Zp as
/// far as terminals act on them).
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{in_line, printable};

    #[test]
    fn what_a_terminal_would_act_on_is_shown() {
        assert_eq!(printable("é {\n \"a\": 1 }".as_bytes()), "é {\n \"a\": 1 }");
        let hostile = "\u{1b}[2J\r\t\u{7f}\u{9b}31m\u{202e}\u{200b}\u{2028}".as_bytes();
        assert_eq!(
            printable(hostile),
            "\\u{1b}[2J\\u{d}\\u{9}\\u{7f}\\u{9b}31m\\u{202e}\\u{200b}\\u{2028}"
        );
        assert_eq!(printable(b"a\xff\x1bb"), "a\\xff\\u{1b}b");
        assert_eq!(in_line("two\nlines"), "two\\u{a}lines");
    }
}
