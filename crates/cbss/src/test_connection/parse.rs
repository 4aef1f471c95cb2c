//! The reply.

use relay_domain::Language;

use crate::ParseOptions;
use crate::fields::collect;
use crate::reply::{Outcome, Reply, Row, StatusKind, is_ticket};
use crate::soap::{next_element, read_envelope, read_fault, text_of};
use crate::xml::{ParseError, ParseErrorKind, Scanner, Tree};

/// The element that is the one record of a reply.
const RECORD: &str = "sendTestMessageResponse";

/// Reads a reply of the service, or a SOAP fault in its place: one row with all that came.
///
/// The service has no status. A reply with an echo is a good one; whether it is the text that was sent is for the sender
/// to see (field `echo`). `content_type` is the header of that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let text = text_of(body, content_type, options.limits)?;
    let mut scanner = Scanner::new(&text, options.limits)?;
    let root = next_element(&mut scanner)?;
    read_envelope(&mut scanner, root, |scanner, name| match name {
        Some(name @ "Fault") => {
            let mut tree = Tree::default();
            tree.read(scanner, name)?;
            Ok(read_fault(tree.root()))
        }
        Some(RECORD) => read_response(scanner, options.language),
        Some(_) | None => Err(scanner.error(ParseErrorKind::UnexpectedBody)),
    })
}

fn read_response(scanner: &mut Scanner<'_>, language: Language) -> Result<Reply, ParseError> {
    let mut tree = Tree::default();
    tree.read(scanner, RECORD)?;
    let response = tree.root();
    scanner.count_row()?;
    let fields = collect(scanner, |collector| collector.collect(response, true))?;
    let mut row = Row {
        ordinal: 1,
        group: RECORD.to_owned(),
        title: title(language).to_owned(),
        information_type: None,
        since: None,
        until: None,
        text: String::new(),
        fields,
    };
    row.text = render(&row, language);
    scanner.count_text(row.text.len() + row.title.len())?;
    let (status, outcome) = if response.child("echo").is_some() {
        (StatusKind::Ok, Outcome::Data)
    } else {
        (StatusKind::Errors, Outcome::Unknown)
    };
    let ticket = row.field("informationCBSS/ticketCBSS");
    Ok(Reply {
        status,
        outcome,
        ticket: ticket.filter(|ticket| is_ticket(ticket)).map(str::to_owned),
        cbss_status: None,
        codes: Vec::new(),
        messages: Vec::new(),
        rows: vec![row],
        fault: false,
    })
}

fn title(language: Language) -> &'static str {
    match language {
        Language::Nl => "Verbindingstest",
        Language::Fr => "Test de connexion",
        Language::De => "Verbindungstest",
        Language::En => "Connection test",
    }
}

/// What came back, and whose certificate the CBSS sees.
fn render(row: &Row, language: Language) -> String {
    let of = |path| row.field(path).filter(|text| !text.is_empty());
    let mut text = of("echo").unwrap_or_default().to_owned();
    if let Some(certificate) = of("sslCertificate") {
        let sees = match language {
            Language::Nl => "certificaat",
            Language::Fr => "certificat",
            Language::De => "Zertifikat",
            Language::En => "certificate",
        };
        for part in [" (", sees, " ", certificate, ")"] {
            text.push_str(part);
        }
    }
    text
}
