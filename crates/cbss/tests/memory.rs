//! What it costs to read the largest replies, and that limits hold where they are set.
//!
//! A binary of its own: its allocator counts.
#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use allocation_counter::measure;
use relay_cbss::{
    Limits, ParseError, ParseErrorKind, ParseOptions, Reply, identify_person, loi65, manage_access, tx25,
    unemployment_data,
};
use relay_domain::Language;

const SIZE: usize = 10 * 1024 * 1024;

type Parse = fn(&[u8], Option<&str>, &ParseOptions) -> Result<Reply, ParseError>;

/// A service's replies, as far as they are needed here.
struct Service {
    parse: Parse,
    /// What stands around the records, and how many elements within elements that is, counting the record itself.
    before: &'static str,
    after: &'static str,
    depth: usize,
    /// A record with that text, which is a row with one field.
    record: fn(&str) -> String,
}

const SERVICES: [Service; 5] = [
    Service {
        parse: tx25::parse,
        before: "<Envelope><Body><retrieveTIGroupsResponse><rrn_it_implicit><Names>",
        after: "</Names></rrn_it_implicit></retrieveTIGroupsResponse></Body></Envelope>",
        depth: 6,
        record: |text| format!("<Name><Label>{text}</Label></Name>"),
    },
    Service {
        parse: manage_access::parse,
        before: "<SSDNReply><ServiceReply><ManageAccessReply>",
        after: "</ManageAccessReply></ServiceReply></SSDNReply>",
        depth: 4,
        record: |text| format!("<Registrations><OrgUnit>{text}</OrgUnit></Registrations>"),
    },
    Service {
        parse: identify_person::parse,
        before: "<SSDNReply><ServiceReply><IdentifyPersonReply><SearchResults>",
        after: "</SearchResults></IdentifyPersonReply></ServiceReply></SSDNReply>",
        depth: 5,
        record: |text| {
            format!("<LimitedLegalData><Basic><LastName>{text}</LastName></Basic></LimitedLegalData>")
        },
    },
    Service {
        parse: |body, header, options| loi65::parse(relay_domain::Service::Loi65C, body, header, options),
        before: "<SSDNReply><ServiceReply><L65_C_DecisionReply>",
        after: "</L65_C_DecisionReply></ServiceReply></SSDNReply>",
        depth: 4,
        record: |text| format!("<DecisionResultC><SSIN>{text}</SSIN></DecisionResultC>"),
    },
    Service {
        parse: unemployment_data::parse,
        before: "<Envelope><Body><consultPaidSumsResponse><paidSums>",
        after: "</paidSums></consultPaidSumsResponse></Body></Envelope>",
        depth: 5,
        record: |text| format!("<paidSum><dossierStatus>{text}</dossierStatus></paidSum>"),
    },
];

impl Service {
    fn reply(&self, records: &str) -> String {
        format!("{}{records}{}", self.before, self.after)
    }

    fn parse(&self, reply: &str, limits: Limits) -> Result<Reply, ParseErrorKind> {
        let options = ParseOptions {
            language: Language::En,
            limits,
        };
        (self.parse)(reply.as_bytes(), None, &options).map_err(|error| error.kind)
    }

    /// The same, and the most memory that it took beside the reply itself, in tenths of the reply's size.
    fn measured(&self, reply: &str) -> (Result<Reply, ParseErrorKind>, u64) {
        let mut result = None;
        let info = measure(|| result = Some(self.parse(reply, Limits::default())));
        (result.unwrap(), info.bytes_max * 10 / reply.len() as u64)
    }
}

/// As many of a part as fit the size, less some room for what stands around.
fn filled(part: &str) -> String {
    part.repeat((SIZE - 1_000) / part.len())
}

/// The document as the connector's string: each character that could be escaped is.
fn in_string(document: &str) -> String {
    let escaped = document
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<Envelope><Body><xmlString>{escaped}</xmlString></Body></Envelope>")
}

#[test]
fn ten_mebibytes_of_records_are_read() {
    for service in &SERVICES {
        let record = (service.record)(&"Th&#233;r&#232;se ".repeat(12));
        let reply = service.reply(&filled(&record));
        let (result, tenths) = service.measured(&reply);
        let rows = result.unwrap().rows;
        assert_eq!(rows.len(), (SIZE - 1_000) / record.len());
        assert_eq!(
            rows[rows.len() - 1].fields[0].value,
            "Thérèse ".repeat(12).trim_end()
        );
        println!("{tenths} tenths for {} rows", rows.len());
        assert!(tenths <= 60, "{tenths}");
    }
}

#[test]
fn one_text_of_ten_mebibytes_is_read() {
    for service in &SERVICES {
        let text = "x".repeat(SIZE - 1_000);
        let reply = service.reply(&(service.record)(&text));
        let (result, tenths) = service.measured(&reply);
        let rows = result.unwrap().rows;
        assert_eq!(rows[0].fields[0].value.len(), text.len());
        println!("{tenths} tenths for one text");
        assert!(tenths <= 60, "{tenths}");
    }
}

#[test]
fn ten_mebibytes_in_a_string_are_read() {
    let in_strings = SERVICES
        .iter()
        .filter(|service| service.before.starts_with("<SSDNReply"));
    for service in in_strings {
        let record = (service.record)(&"long ".repeat(60));
        let inner = service.reply(&record.repeat(SIZE / (in_string(&record).len())));
        let reply = in_string(&inner);
        let (result, tenths) = service.measured(&reply);
        println!("{tenths} tenths for {} bytes in a string", reply.len());
        assert!(reply.len() > SIZE * 8 / 10 && result.unwrap().rows.len() > 20_000);
        assert!(tenths <= 80, "{tenths}");
    }
}

/// What grows without end in a naive reader is bounded here: the dearest is a record of empty elements, of which the
/// limit lets one in sixteen bytes through.
#[test]
fn ten_mebibytes_of_malice_are_refused_for_little() {
    // The classic services share what reads them.
    use ParseErrorKind as Kind;
    let laughs: String = (1..64)
        .map(|level| {
            format!(
                "<!ENTITY l{level} \"{}\">",
                format!("&l{};", level - 1).repeat(10)
            )
        })
        .collect();
    let bomb = format!("<!DOCTYPE a [<!ENTITY l0 \"ha\">{laughs}]>");
    for service in &SERVICES[..2] {
        let cases = [
            (format!("{bomb}{}", service.reply("&l63;")), Kind::DocumentType),
            (
                // Its end is not even looked for.
                format!("<!DOCTYPE a [{}", filled("<!ENTITY l \"l\">")),
                Kind::DocumentType,
            ),
            (
                service.reply(&format!("<a>{}</a>", filled("&l63;"))),
                Kind::UndefinedEntity,
            ),
            (service.reply(&filled("<a>")), Kind::TooDeep),
            (service.reply(&filled("<a/>")), Kind::TooMany),
            (
                service.reply(&format!("<a {}/>", filled("a=\"\" "))),
                Kind::Malformed,
            ),
            (service.reply(&format!("<{}/>", filled("a"))), Kind::Malformed),
            (service.reply(&format!("<a b=\"{}", filled("&"))), Kind::Truncated),
            (service.reply(&format!("<!--{}", filled("-<"))), Kind::Truncated),
            (filled("\u{feff}"), Kind::Malformed),
            (filled(" "), Kind::Empty),
        ];
        for (reply, expected) in cases {
            let (result, tenths) = service.measured(&reply);
            let start: String = reply.chars().skip(service.before.len()).take(20).collect();
            println!("{tenths} tenths, {expected:?}: {start}");
            assert_eq!(result.map(|reply| reply.rows.len()), Err(expected), "{start}");
            assert!(tenths <= 100, "{tenths}: {start}");
        }
    }
}

/// The most that is read, and one more.
#[test]
fn a_limit_is_where_it_is_set() {
    let open = Limits::default();
    for service in &SERVICES {
        let two = service.reply(&(service.record)("text").repeat(2));
        let least = |at_least: usize, limits: fn(Limits, usize) -> Limits| {
            let fits = |limit: usize| service.parse(&two, limits(open, limit));
            let needed = (0..10_000).find(|limit| fits(*limit).is_ok()).unwrap();
            assert!(needed >= at_least, "{needed}");
            assert_eq!(fits(needed).unwrap().rows.len(), 2);
            (needed, fits(needed - 1).map(|reply| reply.rows.len()))
        };
        let bytes = least(two.len(), |limits, max_bytes| Limits { max_bytes, ..limits });
        assert_eq!(bytes, (two.len(), Err(ParseErrorKind::TooLarge)));
        let rows = least(2, |limits, max_rows| Limits { max_rows, ..limits });
        assert_eq!(rows, (2, Err(ParseErrorKind::TooMany)));
        let nodes = two.matches('<').count() - two.matches("</").count();
        let counted = least(nodes, |limits, max_nodes| Limits { max_nodes, ..limits });
        assert_eq!(counted, (nodes, Err(ParseErrorKind::TooMany)));
        let text = least(8, |limits, max_text| Limits { max_text, ..limits });
        assert_eq!(text.1, Err(ParseErrorKind::TooMany));
        let deep = least(service.depth + 1, |limits, max_depth| Limits {
            max_depth,
            ..limits
        });
        assert_eq!(deep.1, Err(ParseErrorKind::TooDeep));
    }
}
