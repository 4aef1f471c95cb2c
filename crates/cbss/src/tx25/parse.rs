//! The reply.

use super::rows::read_record;
use crate::ParseOptions;
use crate::fields::collect;
use crate::reply::{Message, Reply};
use crate::soap::{judge, next_element, read_envelope, read_fault, read_status, read_ticket, text_of};
use crate::xml::{ParseError, ParseErrorKind, Scanner, Tree};

/// Reads a reply of the service, or a SOAP fault in its place.
///
/// `content_type` is the header of that name; its `charset` counts for more than the document's own
/// declaration. HTTP's status does not matter here: a fault says that it is one.
///
/// ```
/// use relay_cbss::{Outcome, ParseOptions, StatusKind, tx25};
/// use relay_domain::Language;
///
/// let body = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><retrieveTIGroupsResponse>
///     <status><value>DATA_FOUND</value><code>MSG00000</code></status>
///     <rrn_it_implicit><CivilStates><CivilState Type='120'>
///         <Date><Century>20</Century><Year>81</Year><Month>02</Month><Day>00</Day></Date>
///         <CivilState><Code>10</Code><Label>ledig</Label></CivilState>
///     </CivilState></CivilStates></rrn_it_implicit>
///     </retrieveTIGroupsResponse></e:Body></e:Envelope>";
/// let reply = tx25::parse(body.as_bytes(), Some("text/xml; charset=utf-8"), &ParseOptions::new(Language::En))?;
/// assert_eq!((reply.status, reply.outcome), (StatusKind::Ok, Outcome::Data));
///
/// let row = &reply.rows[0];
/// assert_eq!((row.group.as_str(), row.information_type.as_deref()), ("CivilStates", Some("120")));
/// // The day is not known.
/// assert_eq!(row.since.as_deref(), Some("2081-02-00"));
/// assert_eq!(row.field("CivilState/Label"), Some("ledig"));
///
/// // A document type declaration is refused, with what may stand in it.
/// let error = tx25::parse(b"<!DOCTYPE a><a/>", None, &ParseOptions::new(Language::En)).unwrap_err();
/// assert_eq!((error.code(), error.position), ("document_type", 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let text = text_of(body, content_type, options.limits)?;
    let mut scanner = Scanner::new(&text, options.limits)?;
    let root = next_element(&mut scanner)?;
    read_envelope(&mut scanner, root, |scanner, name| match name {
        Some(name @ ("Fault" | "retrieveTIGroupsFault")) => {
            let mut tree = Tree::default();
            tree.read(scanner, name)?;
            Ok(read_fault(tree.root()))
        }
        Some("retrieveTIGroupsResponse") => read_response(scanner, options),
        Some(_) | None => Err(scanner.error(ParseErrorKind::UnexpectedBody)),
    })
}

/// `RetrieveTIGroupsResponseType`: version 1 has `searchInformation` after `status`, version 2 before it;
/// here any order does.
fn read_response(scanner: &mut Scanner<'_>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let mut ticket = None;
    let mut status = None;
    // Room for the rows of a usual reply at once; more is made as it is needed.
    let mut rows = Vec::with_capacity(48);
    let mut others = Vec::new();
    let mut tree = Tree::default();
    while let Some(name) = next_element(scanner)? {
        match name {
            "rrn_it_implicit" => read_record(scanner, options.language, &mut rows)?,
            "informationCBSS" => {
                tree.read(scanner, name)?;
                ticket = read_ticket(tree.root());
            }
            "status" => {
                tree.read(scanner, name)?;
                status = Some(read_status(tree.root()));
            }
            // The request, said back.
            "informationCustomer" | "legalContext" | "searchInformation" => scanner.skip()?,
            // What no version has is kept.
            name => {
                tree.read(scanner, name)?;
                others.extend(collect(scanner, |collector| collector.descend(tree.root()))?);
            }
        }
    }
    let mut reply = judge(ticket, status, rows);
    reply.messages.extend(Message::remark(others));
    Ok(reply)
}
