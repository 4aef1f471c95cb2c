//! Messages of ManageAccess, and what comes back.

use crate::common::{Reply, Running, envelope, post};
use relay_simulator::connector::{COMMON, CONNECTOR, PATH, SERVICE, SOAP_ACTION};
use relay_simulator::manageaccess::{MANAGE_ACCESS, SERVICE_ID, VERSION};
use serde_json::Value;

/// A question of ManageAccess; `ask` it after changing what matters.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) ssin: String,
    pub(crate) org_unit: &'static str,
    pub(crate) action: &'static str,
    pub(crate) purpose: Option<i64>,
    pub(crate) start: &'static str,
    pub(crate) end: Option<&'static str>,
    pub(crate) register: Option<&'static str>,
    pub(crate) reference: &'static str,
    pub(crate) proof: String,
}

impl Access {
    /// For purpose 1 from 2026-01-01 to 2026-01-31, proved by a card.
    pub(crate) fn of(ssin: &str, action: &'static str) -> Self {
        Self {
            ssin: ssin.to_owned(),
            org_unit: "0212344876",
            action,
            purpose: Some(1),
            start: "2026-01-01",
            end: Some("2026-01-31"),
            register: None,
            reference: "our-reference",
            proof: "<m:SISCardNumber>0123456789</m:SISCardNumber>".to_owned(),
        }
    }

    pub(crate) fn document(&self) -> String {
        let optional = |name: &str, value: Option<&str>| {
            value.map_or_else(String::new, |value| format!("<{name}>{value}</{name}>"))
        };
        let purpose = self.purpose.map(|purpose| purpose.to_string());
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SSDNRequest xmlns=\"{SERVICE}\"><RequestContext><AuthorizedUser>\
             <UserID>80010100136</UserID><Email>office@example.org</Email><OrgUnit>{}</OrgUnit><MatrixID>17</MatrixID>\
             <MatrixSubID>1</MatrixSubID></AuthorizedUser><Message><Reference>{}</Reference>\
             <TimeRequest>20261123T100000</TimeRequest></Message></RequestContext><ServiceRequest>\
             <ServiceId>{SERVICE_ID}</ServiceId><Version>{VERSION}</Version>\
             <m:ManageAccessRequest xmlns:m=\"{MANAGE_ACCESS}\" xmlns:c=\"{COMMON}\"><m:SSIN>{}</m:SSIN>{}\
             <m:Period><c:StartDate>{}</c:StartDate>{}</m:Period><m:Action>{}</m:Action>{}\
             <m:ProofOfAuthentication>{}</m:ProofOfAuthentication></m:ManageAccessRequest></ServiceRequest></SSDNRequest>",
            self.org_unit,
            self.reference,
            self.ssin,
            optional("m:Purpose", purpose.as_deref()),
            self.start,
            optional("c:EndDate", self.end),
            self.action,
            optional("m:QueryRegister", self.register),
            self.proof,
        )
    }

    pub(crate) fn http(&self) -> Vec<u8> {
        sent(&self.document())
    }

    /// Asks, and expects a reply with status 200; gives the document in it.
    pub(crate) async fn ask(&self, simulator: &Running) -> Answer {
        let reply = simulator.call(&self.http()).await.expect("a reply");
        assert_eq!(reply.status, 200);
        Answer::of(&reply)
    }
}

/// The HTTP request that sends a document.
pub(crate) fn sent(document: &str) -> Vec<u8> {
    let escaped = document.replace('&', "&amp;").replace('<', "&lt;");
    let body = envelope(&format!(
        "<k:xmlString xmlns:k=\"{CONNECTOR}\">{escaped}</k:xmlString>"
    ));
    soap(&body)
}

/// The HTTP request around an envelope.
pub(crate) fn soap(body: &str) -> Vec<u8> {
    let headers = [
        ("content-type", "text/xml; charset=utf-8"),
        ("soapaction", SOAP_ACTION),
    ];
    post(PATH, &headers, body.as_bytes())
}

/// The document in a reply.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) String);

impl Answer {
    pub(crate) fn of(reply: &Reply) -> Self {
        let text = reply.text();
        let tree = relay_simulator::soap::parse(&text).expect("well-formed");
        let string = relay_simulator::soap::open(tree).expect("an envelope");
        assert!(string.is(CONNECTOR, "xmlString"));
        relay_simulator::soap::parse(&string.text).expect("a document");
        Self(string.text)
    }

    /// The texts of all elements of that name, prefix included.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let start = format!("<{name}>");
        let parts = self.0.split(&start).skip(1);
        parts
            .map(|rest| rest.split('<').next().unwrap_or_default())
            .collect()
    }

    /// Start, end and unit of the registrations, and in which register.
    pub(crate) fn registrations(&self) -> Vec<[&str; 4]> {
        let parts = self.0.split("<m:Registrations>").skip(1);
        parts
            .map(|part| {
                ["c:StartDate", "c:EndDate", "m:OrgUnit", "m:Register"].map(|name| {
                    let value = part.split_once(&format!("<{name}>"));
                    value.map_or("", |(_, rest)| rest.split('<').next().unwrap_or_default())
                })
            })
            .collect()
    }

    /// `ok` of the context's result and of the service's.
    pub(crate) fn ok(&self) -> Vec<&str> {
        let parts = self.0.split(" ok=\"").skip(1);
        parts
            .map(|rest| rest.split('"').next().unwrap_or_default())
            .collect()
    }
}

impl Running {
    /// The log of changes.
    pub(crate) async fn changes(&self) -> Vec<Value> {
        let (status, changes) = self.control("GET", "/_sim/changes", "").await;
        assert_eq!(status, 200);
        changes.as_array().expect("a list").clone()
    }

    /// An ordinary person's number.
    pub(crate) async fn anybody(&self) -> String {
        self.ssins("ordinary", 1).await.remove(0)
    }
}
