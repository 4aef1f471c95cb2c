//! What the scanner finds, beside what quick-xml's reader finds in the same bytes.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::{Limits, Scanner, Token};

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Start(String),
    End,
    Text(String),
}

/// None where the document is refused.
fn ours(text: &str) -> Option<Vec<Found>> {
    let mut scanner = Scanner::new(text, Limits::default()).ok()?;
    let mut found = Vec::new();
    loop {
        found.push(match scanner.next().ok()? {
            Token::Start(name) => Found::Start(name.to_owned()),
            Token::End => Found::End,
            Token::Text(text) => Found::Text(text.into_owned()),
            Token::Eof => return Some(found),
        });
    }
}

fn theirs(text: &str) -> Option<Vec<Found>> {
    let mut reader = Reader::from_str(text);
    let (mut found, mut depth, mut roots) = (Vec::new(), 0, 0);
    let local = |name: &str| name.rsplit_once(':').map_or(name, |(_, local)| local).to_owned();
    loop {
        let event = reader.read_event().ok()?;
        let outside = depth == 0;
        match event {
            Event::Start(start) => {
                roots += usize::from(outside);
                depth += 1;
                start
                    .attributes()
                    .all(|attribute| attribute.is_ok())
                    .then_some(())?;
                found.push(Found::Start(local(start.name().as_ref())));
            }
            Event::Empty(start) => {
                roots += usize::from(outside);
                start
                    .attributes()
                    .all(|attribute| attribute.is_ok())
                    .then_some(())?;
                found.push(Found::Start(local(start.name().as_ref())));
                found.push(Found::End);
            }
            Event::End(_) => {
                depth -= 1;
                found.push(Found::End);
            }
            Event::Text(text) if outside => text.trim_ascii().is_empty().then_some(())?,
            Event::Text(text) => found.push(Found::Text(text.to_string())),
            Event::CData(data) if !outside => found.push(Found::Text(data.to_string())),
            Event::GeneralRef(reference) if !outside => {
                let text = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => resolve_predefined_entity(&reference)?.to_owned(),
                };
                found.push(Found::Text(text));
            }
            Event::CData(_) | Event::GeneralRef(_) | Event::DocType(_) => return None,
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => return (depth == 0 && roots == 1).then_some(found),
        }
    }
}

const PIECES: [&str; 48] = [
    "<a>",
    "</a>",
    "<a/>",
    "<b>",
    "</b>",
    "<p:a>",
    "</p:a>",
    "</a >",
    "</ a>",
    "< a>",
    "<a b='c'>",
    "<a b=\"c>d\">",
    "<a b='c' b='d'>",
    "<a b>",
    "<a b=c>",
    "<a\n b = 'c'\t/>",
    "<a b='>",
    "<a/ >",
    "<a'>",
    "<é>",
    "</é>",
    "text",
    " ",
    "\n",
    "]]>",
    "&amp;",
    "&#65;",
    "&",
    ";",
    "<!-- c -->",
    "<!--",
    "-->",
    "<!-->",
    "<!--->",
    "<![CDATA[d]]>",
    "<![CDATA[",
    "<![cdata[d]]>",
    "<?pi x?>",
    "<?",
    "?>",
    "<?xml version='1.0'?>",
    "<?xmlish?>",
    "<!DOCTYPE a>",
    "<!",
    "<",
    ">",
    "'",
    "é\u{1d11e}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40_000))]

    /// What one refuses and the other does not: the scanner is stricter about names, references, declarations and
    /// characters, and takes nothing that the reader refuses.
    #[test]
    fn what_is_read_is_what_quick_xml_reads(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..14), wrapped: bool,
    ) {
        let inner = pieces.concat();
        let text = if wrapped { format!("<r>{inner}</r>") } else { inner };
        if let Some(found) = ours(&text) {
            prop_assert_eq!(Some(found), theirs(&text), "{}", text);
        }
    }

    /// The other way round, of documents of nothing but what both take.
    #[test]
    fn what_is_good_is_not_refused(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<a>x</a>", "<a/>", "<p:b c='d'>y</p:b>", "<a b=\"c>d\"/>", "text", " ", "&amp;", "&#65;", "<!-- c -->",
            "<![CDATA[<d>]]>", "<?pi x?>", "<a ></a >", "\r\n",
        ]), 0..14),
    ) {
        let text = format!("<?xml version='1.0'?>\n<r>{}</r>\n<!-- end -->", pieces.concat());
        let found = ours(&text);
        prop_assert!(found.is_some(), "{}", text);
        prop_assert_eq!(found, theirs(&text), "{}", text);
    }
}
