//! Official schemas, read to write documents by: any of those in which a reply of the table-driven services is described.

use super::dom::Node;
use super::random::Random;
use super::sample::words;

/// Schemas that refer to each other, each with the prefix by which the others name it.
pub(crate) struct Xsd {
    schemas: Vec<(&'static str, Node)>,
    /// Prefix and namespace of each schema's elements in documents; none where they are not qualified.
    namespaces: Vec<Option<(&'static str, &'static str)>>,
}

/// A document in the making.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) xml: String,
    /// Texts and attribute values that a reader must find again, white space collapsed.
    pub(crate) values: Vec<String>,
    /// Within an element that is not noted.
    silent: usize,
}

impl Xsd {
    pub(crate) fn new(
        schemas: Vec<(&'static str, String)>,
        namespaces: Vec<Option<(&'static str, &'static str)>>,
    ) -> Self {
        Self {
            schemas: schemas
                .into_iter()
                .map(|(prefix, text)| (prefix, Node::parse(&text)))
                .collect(),
            namespaces,
        }
    }

    /// A document whose root is this global element of the first schema. What is within elements of the names in
    /// `silent` is not noted.
    pub(crate) fn document(&self, root: &str, silent: &[&str], random: &mut Random) -> Written {
        let mut out = Written::default();
        let declaration = self.named(0, root);
        self.element(0, declaration, silent, random, &mut out);
        out
    }

    fn named(&self, schema: usize, name: &str) -> &Node {
        let found = self.schemas[schema].1.children.iter();
        let found = found
            .filter(|node| node.name != "group")
            .find(|node| node.attribute("name") == Some(name));
        found.unwrap_or_else(|| panic!("no {name} in {}", self.schemas[schema].0))
    }

    /// What a qualified name stands for in a schema; none for a type of XML Schema's own.
    fn resolve<'n>(&self, schema: usize, name: &'n str) -> Result<(usize, &Node), &'n str> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if matches!(prefix, "xs" | "xsd") {
            return Err(local);
        }
        let other = self.schemas.iter().position(|(known, _)| *known == prefix);
        let schema = other.unwrap_or(schema);
        Ok((schema, self.named(schema, local)))
    }

    fn element(
        &self,
        schema: usize,
        declaration: &Node,
        silent: &[&str],
        random: &mut Random,
        out: &mut Written,
    ) {
        let (schema, declaration) = match declaration.attribute("ref") {
            Some(name) => self.resolve(schema, name).unwrap(),
            None => (schema, declaration),
        };
        let name = declaration.attribute("name").unwrap();
        let is_root = out.xml.is_empty();
        let tag = match self.namespaces[schema] {
            Some((prefix, _)) => format!("{prefix}:{name}"),
            None if is_root => format!("o:{name}"),
            None => name.to_owned(),
        };
        out.silent += usize::from(silent.contains(&name));
        out.xml.push_str(&format!("<{tag}"));
        if is_root {
            for (prefix, namespace) in self.namespaces.iter().flatten() {
                out.xml.push_str(&format!(" xmlns:{prefix}=\"{namespace}\""));
            }
            if self.namespaces[0].is_none() {
                let target = self.schemas[0].1.attribute("targetNamespace").unwrap();
                out.xml.push_str(&format!(" xmlns:o=\"{target}\""));
            }
        }
        self.content(schema, declaration, silent, random, out);
        out.xml.push_str(&format!("</{tag}>"));
        out.silent -= usize::from(silent.contains(&name));
    }

    /// Attributes, the end of the start tag, and what is inside.
    fn content(
        &self,
        schema: usize,
        declaration: &Node,
        silent: &[&str],
        random: &mut Random,
        out: &mut Written,
    ) {
        let (schema, content) = match declaration.attribute("type") {
            Some(name) => match self.resolve(schema, name) {
                Ok(found) => found,
                Err(builtin) => {
                    out.xml.push('>');
                    return self.text(&value(builtin, &Facets::default(), random), out);
                }
            },
            None => (
                schema,
                &declaration.children[usize::from(declaration.children[0].name == "annotation")],
            ),
        };
        if content.name == "simpleType" {
            out.xml.push('>');
            let text = self.simple(schema, content, &mut Facets::default(), random);
            return self.text(&text, out);
        }
        self.attributes(schema, content, random, out);
        out.xml.push('>');
        self.parts(schema, content, silent, random, out);
    }

    fn text(&self, text: &str, out: &mut Written) {
        out.xml.push_str(&escape(text));
        out.note(text);
    }

    fn attributes(&self, schema: usize, content: &Node, random: &mut Random, out: &mut Written) {
        for node in &content.children {
            match node.name.as_str() {
                "attribute" if node.attribute("use") == Some("required") || random.once_in(2) => {
                    let name = node.attribute("name").unwrap();
                    let text = match node.attribute("type").map(|name| self.resolve(schema, name)) {
                        Some(Ok((schema, simple))) => {
                            self.simple(schema, simple, &mut Facets::default(), random)
                        }
                        Some(Err(builtin)) => value(builtin, &Facets::default(), random),
                        None => value("string", &Facets::default(), random),
                    };
                    out.xml.push_str(&format!(" {name}=\"{}\"", escape(&text)));
                    out.note(&text);
                }
                "complexContent" | "simpleContent" => self.attributes(schema, node, random, out),
                "extension" => {
                    if let Ok((schema, base)) = self.resolve(schema, node.attribute("base").unwrap())
                        && base.name == "complexType"
                    {
                        self.attributes(schema, base, random, out);
                    }
                    self.attributes(schema, node, random, out);
                }
                _ => {}
            }
        }
    }

    fn parts(&self, schema: usize, group: &Node, silent: &[&str], random: &mut Random, out: &mut Written) {
        for node in &group.children {
            match node.name.as_str() {
                "element" => {
                    for _ in 0..times(node, random) {
                        self.element(schema, node, silent, random, out);
                    }
                }
                "choice" => {
                    for _ in 0..times(node, random) {
                        let branches: Vec<&Node> = node
                            .children
                            .iter()
                            .filter(|node| node.name != "annotation")
                            .collect();
                        let branch = Node {
                            children: vec![(*random.pick(&branches)).clone()],
                            ..Node::default()
                        };
                        self.parts(schema, &branch, silent, random, out);
                    }
                }
                "sequence" | "complexContent" | "simpleContent" | "complexType" => {
                    self.parts(schema, node, silent, random, out);
                }
                "extension" => {
                    match self.resolve(schema, node.attribute("base").unwrap()) {
                        Ok((schema, base)) if base.name == "simpleType" => {
                            let text = self.simple(schema, base, &mut Facets::default(), random);
                            self.text(&text, out);
                        }
                        Ok((schema, base)) => self.parts(schema, base, silent, random, out),
                        Err(builtin) => self.text(&value(builtin, &Facets::default(), random), out),
                    }
                    self.parts(schema, node, silent, random, out);
                }
                _ => {}
            }
        }
    }

    fn simple(&self, schema: usize, simple: &Node, facets: &mut Facets, random: &mut Random) -> String {
        let restriction = simple.child("restriction").unwrap();
        for facet in &restriction.children {
            let given = facet.attribute("value").unwrap_or_default();
            match facet.name.as_str() {
                "enumeration" => facets.words.push(given.to_owned()),
                "pattern" => facets.pattern.get_or_insert(given.to_owned()).truncate(200),
                "length" => facets.length = given.parse().ok(),
                "maxLength" => facets.most = given.parse().ok(),
                "minInclusive" => facets.lowest = given.parse().ok(),
                "maxInclusive" => facets.highest = given.parse().ok(),
                "totalDigits" => facets.digits = given.parse().ok(),
                _ => continue,
            };
        }
        match self.resolve(schema, restriction.attribute("base").unwrap()) {
            Ok((schema, base)) => self.simple(schema, base, facets, random),
            Err(builtin) => value(builtin, facets, random),
        }
    }
}

impl Written {
    fn note(&mut self, text: &str) {
        let collapsed = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if self.silent == 0 && !collapsed.is_empty() {
            self.values.push(collapsed);
        }
    }
}

#[derive(Default)]
struct Facets {
    words: Vec<String>,
    pattern: Option<String>,
    length: Option<usize>,
    most: Option<usize>,
    lowest: Option<i64>,
    highest: Option<i64>,
    digits: Option<u32>,
}

fn times(node: &Node, random: &mut Random) -> usize {
    let number = |name: &str| node.attribute(name).map_or(Some(1), |text| text.parse().ok());
    let least = number("minOccurs").unwrap();
    let most = number("maxOccurs").unwrap_or(3_usize).min(4);
    least + random.below(most + 1 - least)
}

fn value(builtin: &str, facets: &Facets, random: &mut Random) -> String {
    if !facets.words.is_empty() {
        return facets.words[random.below(facets.words.len())].clone();
    }
    if let Some(pattern) = &facets.pattern {
        return fitting(pattern, random);
    }
    let digits = |count: usize, random: &mut Random| -> String {
        (0..count)
            .map(|_| char::from(b'1' + random.below(9) as u8))
            .collect()
    };
    let day = |random: &mut Random| {
        format!(
            "20{:02}-{:02}-{:02}",
            10 + random.below(80),
            1 + random.below(12),
            1 + random.below(28)
        )
    };
    match builtin {
        "boolean" => random.pick(&["true", "false", "1", "0"]).to_owned(),
        "date" => format!("{}{}", day(random), random.pick(&["", "Z", "+02:00"])),
        "dateTime" => format!("{}T10:11:12.345Z", day(random)),
        "gYear" => format!("20{}", digits(2, random)),
        "gYearMonth" => day(random)[..7].to_owned(),
        "int" | "integer" | "nonNegativeInteger" | "unsignedShort" | "long" | "unsignedLong" => {
            let lowest = facets.lowest.unwrap_or(1);
            let highest = facets
                .highest
                .unwrap_or(10_i64.pow(facets.digits.unwrap_or(7)) - 1);
            (lowest + random.below((highest - lowest + 1) as usize) as i64).to_string()
        }
        "decimal" => format!("{}.5", random.below(99)),
        "string" => {
            let most = facets.length.or(facets.most).unwrap_or(30).min(60);
            let text = words(random);
            let text: String = text.chars().take(most).collect();
            // Of a blank a reader makes nothing.
            match facets.length {
                Some(length) => digits(length, random),
                None if text.trim().is_empty() => "x".to_owned(),
                None => text,
            }
        }
        other => panic!("what is a {other}?"),
    }
}

/// A text for each pattern that the schemas have.
fn fitting(pattern: &str, random: &mut Random) -> String {
    let digits = |count: usize, random: &mut Random| -> String {
        (0..count)
            .map(|_| char::from(b'1' + random.below(9) as u8))
            .collect()
    };
    match pattern {
        _ if pattern.starts_with("[0-9][0-9]((") || pattern == "\\p{N}{11}" => random
            .pick(&["80010100136", "81020300203", "82123199705"])
            .to_owned(),
        "[0-9]{3}" => digits(3, random),
        "[0-9]{3}[//][0-9]{3}" => format!("{}/{}", digits(3, random), digits(3, random)),
        "[2][0-9]{3}" => format!("2{}", digits(3, random)),
        "\\d{10}" => digits(10, random),
        "\\d{11}" => digits(11, random),
        "[\\d]*([\\.]5|.0)?" => format!("{}.5", random.below(98)),
        _ if pattern.contains("a-fA-F]{8}-") => "0195b5ac-7b1e-7000-8000-00805f9b34fb".to_owned(),
        _ if pattern.starts_with("[12]") => format!("20{}-0{}-00", digits(2, random), digits(1, random)),
        other => panic!("no text for {other}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
