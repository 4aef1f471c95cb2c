//! A reply in the making, with the list of all that is in it.

use super::random::Random;

/// An `rrn_it_implicit` and, in document order, every value that a reader must find again.
#[derive(Default)]
pub(crate) struct Sample {
    xml: String,
    /// Texts and attribute values, white space collapsed, dates as one value; empty ones left out.
    pub(crate) values: Vec<String>,
    /// Group and information type of each row.
    pub(crate) rows: Vec<(String, Option<String>)>,
}

impl Sample {
    /// Opens an element; `attributes` are written and noted.
    pub(crate) fn open(&mut self, random: &mut Random, name: &str, attributes: &[(&str, String)]) {
        self.xml.push_str(&format!("<r:{name}"));
        for (name, value) in attributes {
            let quote = if random.once_in(2) { '"' } else { '\'' };
            self.xml
                .push_str(&format!(" {name}={quote}{}{quote}", escape(value)));
            self.note(value);
        }
        self.xml.push('>');
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.xml.push_str(&format!("</r:{name}>"));
    }

    /// Text, in one of the ways in which XML can say it.
    pub(crate) fn text(&mut self, random: &mut Random, text: &str) {
        self.note(text);
        self.silent_text(random, text);
    }

    /// Text that is noted elsewhere.
    pub(crate) fn silent_text(&mut self, random: &mut Random, text: &str) {
        let (before, after) = (
            random.pick(&["", " ", "\n", "\t \r\n"]),
            random.pick(&["", "\n   "]),
        );
        self.xml.push_str(before);
        match random.below(5) {
            0 => self.xml.push_str(&format!("<![CDATA[{text}]]>")),
            1 => text
                .chars()
                .for_each(|c| self.xml.push_str(&format!("&#x{:x};", u32::from(c)))),
            2 => self
                .xml
                .push_str(&format!("<!-- a remark -->{}<?and so on?>", escape(text))),
            _ => self.xml.push_str(&escape(text)),
        }
        self.xml.push_str(after);
    }

    pub(crate) fn note(&mut self, value: &str) {
        let collapsed = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if !collapsed.is_empty() {
            self.values.push(collapsed);
        }
    }

    /// What was written apart; its notes are not taken over.
    pub(crate) fn append(&mut self, other: Self) {
        self.xml.push_str(&other.xml);
    }

    /// White space between elements.
    pub(crate) fn space(&mut self, random: &mut Random) {
        self.xml.push_str(random.pick(&["", "", "\n", "\n  "]));
    }

    /// What was written so far; names have the prefix `r`.
    pub(crate) fn xml(&self) -> &str {
        &self.xml
    }

    /// The whole reply.
    pub(crate) fn reply(&self, version: u8) -> String {
        format!(
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
             <v:retrieveTIGroupsResponse xmlns:v=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v{version}\" \
             xmlns:r=\"http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema\">\
             <status><value>DATA_FOUND</value><code>MSG00000</code></status>{}\
             </v:retrieveTIGroupsResponse></soapenv:Body></soapenv:Envelope>",
            self.xml
        )
    }

    /// Opens the record itself, which has no prefix.
    pub(crate) fn open_record(&mut self, language: Option<&str>) {
        match language {
            Some(language) => {
                self.xml
                    .push_str(&format!("<rrn_it_implicit Language=\"{language}\">"));
                self.note(language);
            }
            None => self.xml.push_str("<rrn_it_implicit>"),
        }
    }

    pub(crate) fn close_record(&mut self) {
        self.xml.push_str("</rrn_it_implicit>");
    }
}

/// Words with what XML and Unicode find difficult.
pub(crate) fn words(random: &mut Random) -> String {
    let parts = [
        "Gülcherstraße",
        "a & b",
        "<none>",
        "N° 12",
        "  two  spaces ",
        "'quoted\"",
        "Łódź",
        "𝄞",
        "0",
    ];
    let mut text = String::new();
    for _ in 0..=random.below(3) {
        text.push_str(random.pick(&parts));
        text.push(random.pick(&[' ', '-', '\n']));
    }
    text.push_str(&random.below(100_000).to_string());
    text
}

fn escape(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}
