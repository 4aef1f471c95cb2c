//! An official schema, read to write documents by: sequences, choices, extensions, facets.

use std::collections::HashMap;

use super::dom::Node;
use super::random::Random;
use super::sample::{Sample, words};

pub(crate) struct Schema {
    types: HashMap<String, Node>,
}

/// What `FileInfoType` says of one container.
pub(crate) struct Container {
    pub(crate) name: String,
    /// The element of its items; none when it is the item itself.
    pub(crate) item: Option<String>,
    declaration: Node,
    item_type: String,
}

impl Schema {
    pub(crate) fn read(text: &str) -> Self {
        let root = Node::parse(text);
        let named = root
            .children
            .into_iter()
            .filter_map(|node| Some((node.attribute("name")?.to_owned(), node)));
        Self {
            types: named.collect(),
        }
    }

    pub(crate) fn containers(&self) -> Vec<Container> {
        let all = self.types["FileInfoType"].child("all").unwrap();
        let container = |element: &Node| {
            let name = element.attribute("name").unwrap().to_owned();
            let (item, item_type) = match element.attribute("type") {
                Some(own) => (None, own),
                None => {
                    let content = element.child("complexType").unwrap();
                    let item = content.child("sequence").unwrap().child("element").unwrap();
                    (
                        item.attribute("name").map(str::to_owned),
                        item.attribute("type").unwrap(),
                    )
                }
            };
            Container {
                name,
                item,
                item_type: local(item_type).to_owned(),
                declaration: element.clone(),
            }
        };
        all.children_named("element").map(container).collect()
    }

    /// The information type that the items have by default.
    pub(crate) fn default_number(&self, container: &Container) -> &str {
        let attributes = self.types[&container.item_type].children_named("attribute");
        let mut of_type = attributes.filter(|attribute| attribute.attribute("name") == Some("Type"));
        of_type.next().unwrap().attribute("default").unwrap()
    }

    /// What the type of the items is called in the schema.
    pub(crate) fn annotation(&self, container: &Container) -> &str {
        let annotation = self.types[&container.item_type].child("annotation");
        annotation
            .and_then(|annotation| annotation.child("documentation"))
            .map_or("", |text| &text.text)
    }

    /// Writes a container with some items.
    pub(crate) fn write_container(&self, random: &mut Random, sample: &mut Sample, container: &Container) {
        let Some(item) = &container.item else {
            return self.write_item(random, sample, container, &container.name);
        };
        let attributes = self.attributes(random, container.declaration.child("complexType").unwrap(), None);
        sample.open(random, &container.name, &borrowed(&attributes));
        for _ in 0..=random.below(3) {
            sample.space(random);
            self.write_item(random, sample, container, item);
        }
        sample.close(&container.name);
    }

    fn write_item(&self, random: &mut Random, sample: &mut Sample, container: &Container, name: &str) {
        let number = self.default_number(container).to_owned();
        sample.rows.push((container.name.clone(), Some(number.clone())));
        let content = &self.types[&container.item_type];
        self.write_complex(random, sample, name, content, Some(&number));
    }

    fn write_complex(
        &self,
        random: &mut Random,
        sample: &mut Sample,
        name: &str,
        content: &Node,
        number: Option<&str>,
    ) {
        let attributes = self.attributes(random, content, number);
        sample.open(random, name, &borrowed(&attributes));
        self.write_content(random, sample, content);
        sample.close(name);
    }

    fn write_content(&self, random: &mut Random, sample: &mut Sample, content: &Node) {
        for part in &content.children {
            match part.name.as_str() {
                "sequence" | "all" => self.repeat(random, part, |random| {
                    for inner in &part.children {
                        self.write_particle(random, sample, inner);
                    }
                }),
                "choice" => self.write_particle(random, sample, part),
                "complexContent" => {
                    let extension = part.child("extension").unwrap();
                    self.write_content(
                        random,
                        sample,
                        &self.types[local(extension.attribute("base").unwrap())],
                    );
                }
                _ => {}
            }
        }
    }

    fn write_particle(&self, random: &mut Random, sample: &mut Sample, particle: &Node) {
        match particle.name.as_str() {
            "element" => self.repeat(random, particle, |random| {
                self.write_element(random, sample, particle)
            }),
            "choice" => self.repeat(random, particle, |random| {
                let branches: Vec<&Node> = particle
                    .children
                    .iter()
                    .filter(|c| c.name != "annotation")
                    .collect();
                let branch = random.pick(&branches);
                self.write_particle(random, sample, branch);
            }),
            "sequence" => self.repeat(random, particle, |random| {
                for inner in &particle.children {
                    self.write_particle(random, sample, inner);
                }
            }),
            _ => {}
        }
    }

    fn write_element(&self, random: &mut Random, sample: &mut Sample, element: &Node) {
        let name = element.attribute("name").unwrap();
        sample.space(random);
        let declared = match element.attribute("type").map(local) {
            Some("DateType" | "ExpiryDateType" | "ForfeitureDateType") => {
                return self.write_date(
                    random,
                    sample,
                    name,
                    &self.types[local(element.attribute("type").unwrap())],
                );
            }
            Some(known) => self.types.get(known),
            None => element
                .child("complexType")
                .or_else(|| element.child("simpleType")),
        };
        match declared {
            Some(content) if content.name == "complexType" => {
                self.write_complex(random, sample, name, content, None)
            }
            simple => {
                sample.open(random, name, &[]);
                let text = match simple {
                    Some(simple) => faceted(random, simple),
                    None => free_text(random),
                };
                sample.text(random, &text);
                sample.close(name);
            }
        }
    }

    /// A date group; what is to be read from it is put together here, from the schema's types alone.
    fn write_date(&self, random: &mut Random, sample: &mut Sample, name: &str, content: &Node) {
        let mut parts = [const { String::new() }; 4];
        let mut graphic = None;
        let mut inside = Sample::default();
        for element in content.child("sequence").unwrap().children_named("element") {
            if random.once_in(4) {
                continue;
            }
            let part = element.attribute("name").unwrap();
            inside.open(random, part, &[]);
            if part == "Graphic" {
                graphic = Some(words(random));
                inside.silent_text(random, graphic.as_deref().unwrap());
            } else {
                let value = faceted(random, element.child("simpleType").unwrap());
                inside.silent_text(random, &value);
                let place = ["Century", "Year", "Month", "Day"]
                    .iter()
                    .position(|known| *known == part)
                    .unwrap();
                parts[place] = value;
            }
            inside.close(part);
        }
        sample.open(random, name, &[]);
        sample.append(inside);
        sample.close(name);
        if parts.iter().any(|part| !part.is_empty()) {
            let part = |index: usize| {
                if parts[index].is_empty() {
                    "00"
                } else {
                    parts[index].as_str()
                }
            };
            sample.note(&format!("{}{}-{}-{}", part(0), part(1), part(2), part(3)));
        }
        if let Some(graphic) = graphic {
            sample.note(&graphic);
        }
    }

    fn repeat(&self, random: &mut Random, particle: &Node, mut write: impl FnMut(&mut Random)) {
        let least = particle
            .attribute("minOccurs")
            .map_or(1, |least| least.parse().unwrap());
        let most = match particle.attribute("maxOccurs") {
            None => 1,
            Some("unbounded") => least + 3,
            Some(most) => most.parse::<usize>().unwrap().min(least + 3),
        };
        for _ in 0..least + random.below(most + 1 - least) {
            write(random);
        }
    }

    /// Every attribute that is declared, or none, or some.
    fn attributes(&self, random: &mut Random, content: &Node, number: Option<&str>) -> Vec<(String, String)> {
        let extension = content
            .child("complexContent")
            .and_then(|content| content.child("extension"));
        let declared = content.children_named("attribute");
        let extended = extension
            .into_iter()
            .flat_map(|extension| extension.children_named("attribute"));
        let mut attributes = Vec::new();
        for attribute in declared.chain(extended) {
            let name = attribute.attribute("name").unwrap();
            if random.once_in(3) {
                continue;
            }
            let value = match (name, number) {
                ("Type", Some(number)) => number.to_owned(),
                _ => words(random),
            };
            attributes.push((name.to_owned(), value));
        }
        attributes
    }
}

fn borrowed(attributes: &[(String, String)]) -> Vec<(&str, String)> {
    attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect()
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn free_text(random: &mut Random) -> String {
    if random.once_in(6) {
        String::new()
    } else {
        words(random)
    }
}

/// A value that keeps the facets.
fn faceted(random: &mut Random, simple: &Node) -> String {
    let restriction = simple.child("restriction").unwrap();
    let enumerated: Vec<&Node> = restriction.children_named("enumeration").collect();
    if !enumerated.is_empty() {
        return random.pick(&enumerated).attribute("value").unwrap().to_owned();
    }
    let digits = match restriction
        .child("pattern")
        .and_then(|pattern| pattern.attribute("value"))
    {
        Some(r"\d{2}") => 2,
        Some(r"\d{11}") => 11,
        other => panic!("a facet that the generator does not know: {other:?}"),
    };
    (0..digits)
        .map(|_| char::from(b'0' + random.below(10) as u8))
        .collect()
}
