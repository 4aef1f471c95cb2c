//! What a fuzzer's bytes are put to: the target `parse` of `crates/cbss/fuzz` includes this file.

use std::collections::HashMap;

use relay_cbss::{Limits, ParseOptions, Reply};
use relay_domain::{Language, Service};

const HEADERS: [Option<&str>; 4] = [
    None,
    Some("text/xml; charset=utf-8"),
    Some("text/xml; charset=\"UTF-16\""),
    Some("application/soap+xml;charset=windows-1252"),
];

/// How a body is to be read, by an input's first two bytes. Digits and letters will do, so that seeds are texts: `0@` is
/// the first service, nothing in the header, the body as it stands, and the default limits.
#[derive(Clone, Copy)]
pub(crate) struct How {
    service: Service,
    header: Option<&'static str>,
    language: Language,
    /// The body is the content of the string of a classic reply (SSDN): as CDATA, or escaped.
    wrap: Wrap,
    limits: Limits,
}

#[derive(Clone, Copy)]
enum Wrap {
    None,
    CData,
    Escaped,
}

impl How {
    /// `first` is the service, by its place in [`Service::ALL`] from `0` on; `second` has two bits each for header, wrapping and limits. The language
    /// follows from both.
    pub(crate) fn of(first: u8, second: u8) -> Self {
        let service = usize::from(first.wrapping_sub(b'0'));
        let (first, second) = (usize::from(first), usize::from(second));
        Self {
            service: Service::ALL[service % Service::ALL.len()],
            header: HEADERS[second & 3],
            language: Language::ALL[(first / 16 + second) % Language::ALL.len()],
            wrap: [Wrap::None, Wrap::Escaped, Wrap::None, Wrap::CData][second >> 2 & 3],
            limits: [
                Limits::default(),
                Limits::for_reply_size(1 << 20),
                TIGHT,
                Limits::for_reply_size(2_048),
            ][second >> 4 & 3],
        }
    }
}

/// Limits that a document of a page runs into, each of its own.
const TIGHT: Limits = Limits {
    max_bytes: 64 * 1024,
    max_depth: 12,
    max_nodes: 200,
    max_rows: 4,
    max_text: 4_000,
};

/// A fuzzer's bytes: how to read, and the body.
pub(crate) fn any_input(input: &[u8]) {
    if let [first, second, body @ ..] = input {
        any_reply(How::of(*first, *second), body);
    }
}

/// Has a body read. Panics where the answer does not keep what is promised of every answer.
pub(crate) fn any_reply(how: How, body: &[u8]) {
    let wrapped = wrap(how.wrap, body);
    let body = wrapped.as_deref().unwrap_or(body);
    let read = |language, limits| {
        relay_cbss::parse(how.service, body, how.header, &ParseOptions { language, limits })
    };
    match read(how.language, how.limits) {
        Ok(reply) => {
            kept(&reply, how.limits);
            // Limits refuse; they change nothing. The language is that of titles and texts, no more.
            let next = Language::ALL[(how.language as usize + 1) % Language::ALL.len()];
            let other = read(next, Limits::default());
            assert!(other.is_ok_and(|other| same_content(&reply, &other)));
        }
        Err(error) => assert!(format!("{error} {error:?}").len() < 400),
    }
}

fn wrap(wrap: Wrap, body: &[u8]) -> Option<Vec<u8>> {
    let content = match wrap {
        Wrap::None => return None,
        Wrap::CData => [b"<![CDATA[", body, b"]]>"].concat(),
        Wrap::Escaped => {
            let escaped = |byte: &u8| match byte {
                b'&' => b"&amp;".to_vec(),
                b'<' => b"&lt;".to_vec(),
                byte => vec![*byte],
            };
            body.iter().flat_map(escaped).collect()
        }
    };
    let (before, after) = ("<Envelope><Body><xmlString>", "</xmlString></Body></Envelope>");
    Some([before.as_bytes(), &content, after.as_bytes()].concat())
}

/// What holds for every reply that was understood.
fn kept(reply: &Reply, limits: Limits) {
    assert!(reply.rows.len() <= limits.max_rows);
    let of_fields: usize = reply
        .rows
        .iter()
        .flat_map(|row| &row.fields)
        .map(|field| field.path.len() + field.value.len())
        .sum();
    // What stands around the records is not counted against the limit, but is there once: no more than there was.
    assert!(of_fields <= limits.max_text + 2 * limits.max_bytes);
    let mut counted = HashMap::new();
    for row in &reply.rows {
        let ordinal = counted.entry(&row.group).or_insert(0);
        *ordinal += 1;
        assert_eq!(row.ordinal, *ordinal, "the rows of a group are counted");
        assert!(
            row.fields.iter().all(|field| !field.path.is_empty()),
            "a value has a place"
        );
        let number = row.information_type.as_deref().unwrap_or("000");
        assert!(number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()));
    }
    for code in &reply.codes {
        let longest = code.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert!(
            code.len() <= 64 && longest < Some(11),
            "a code may be shown everywhere"
        );
    }
    // `Debug` is a shape: ticket and codes, and no document.
    let shown: usize = reply.codes.iter().map(|code| code.len() + 4).sum();
    assert!(format!("{reply:?}").len() <= 400 + shown);
}

fn same_content(one: &Reply, other: &Reply) -> bool {
    let same_rows = || {
        one.rows.iter().zip(&other.rows).all(|(one, other)| {
            (&one.group, one.ordinal, &one.since, &one.until, &one.fields)
                == (
                    &other.group,
                    other.ordinal,
                    &other.since,
                    &other.until,
                    &other.fields,
                )
        })
    };
    (one.status, one.outcome, &one.codes, &one.messages)
        == (other.status, other.outcome, &other.codes, &other.messages)
        && one.rows.len() == other.rows.len()
        && same_rows()
}
