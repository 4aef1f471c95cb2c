//! Content models in one line each, for messages with many parts.
//!
//! `k:Name?=text(1..2)` is an optional element of the namespace of `k` that holds text; in its place `( … )` holds elements in
//! that order. How often: nothing (once), `?`, `*`, `{0..5}`. `@name=boolean` is an attribute, `.=…` the text of an element
//! with attributes. Types: `text(a..b)` (characters; `b` may be missing), `integer(a..b)` (or without bounds), `decimal(n)` (digits; or
//! without), `boolean`, `date(from)`, `month(from)`, `ssin` (eleven digits), `incomplete` (`t_IncompleteDate`), `word(A|B)`.
//! `$NAME` stands for another text.

use time::Date;

use super::{SCHEMA_INSTANCE, Violation, facets};
use crate::soap::{Element, is_space};

/// What may stand in an element.
#[derive(Debug)]
pub(crate) struct Model {
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    namespace: &'static str,
    /// `@` in front of an attribute; `.` for text.
    name: String,
    least: usize,
    most: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Elements(Model),
    Value(Kind),
}

#[derive(Debug)]
enum Kind {
    Text(usize, usize),
    Integer(i64, i64),
    Decimal(usize),
    Boolean,
    Date(Option<Date>),
    Month(String),
    Ssin,
    Incomplete,
    Word(Vec<String>),
}

/// Prefixes and their namespaces.
pub(crate) type Namespaces = &'static [(&'static str, &'static str)];

impl Model {
    /// Reads a model. `names` are the texts that `$NAME` stands for.
    ///
    /// # Panics
    /// If it is no model: they are part of this program, and a test reads each.
    pub(crate) fn read(text: &str, names: &[(&str, &str)], namespaces: Namespaces) -> Self {
        let mut whole = text.to_owned();
        for (name, stands_for) in names {
            whole = whole.replace(&format!("${name}"), stands_for);
        }
        let mut reader = Reader {
            rest: &whole,
            namespaces,
        };
        let model = reader.model();
        assert!(reader.rest.is_empty(), "what is {:?}?", reader.rest);
        model
    }

    /// Refuses an element whose attributes, text or elements are not those of the model.
    pub(crate) fn check(&self, element: &Element, path: &str) -> Result<(), Violation> {
        self.attributes(element, path)?;
        if let Some(text) = self.items.iter().find(|item| item.name == ".") {
            return text.value(element, path);
        }
        if !element.text.trim_matches(is_space).is_empty() {
            return Err(Violation::at(path, "holds text, expected elements only"));
        }
        let mut rest = element.children.iter().peekable();
        for item in self.items.iter().filter(|item| !item.name.starts_with('@')) {
            let mut count = 0;
            let inside = format!("{path}/{}", item.name);
            while let Some(child) = rest.next_if(|child| child.is(item.namespace, &item.name)) {
                count += 1;
                if count > item.most {
                    let rule = format!("there are more than {}", item.most);
                    return Err(Violation::at(&inside, rule));
                }
                match &item.content {
                    Content::Elements(model) => model.check(child, &inside)?,
                    Content::Value(_) if !child.children.is_empty() => {
                        return Err(Violation::at(&inside, "holds elements, expected text"));
                    }
                    Content::Value(_) => {
                        Self { items: Vec::new() }.attributes(child, &inside)?;
                        item.value(child, &inside)?;
                    }
                }
            }
            if count < item.least {
                let found = rest.peek().map_or("the end", |child| child.local.as_str());
                let rule = format!("expected {}, found {found}", item.name);
                return Err(Violation::at(path, rule).lacking());
            }
        }
        match rest.next() {
            None => Ok(()),
            Some(child) => Err(Violation::at(
                path,
                format!("{} is unknown, repeated or out of order", child.local),
            )),
        }
    }

    fn attributes(&self, element: &Element, path: &str) -> Result<(), Violation> {
        let known = |name: &str| {
            self.items
                .iter()
                .find(|item| item.name.strip_prefix('@') == Some(name))
        };
        for attribute in &element.attributes {
            if attribute.namespace == SCHEMA_INSTANCE && attribute.local.ends_with("chemaLocation") {
                continue;
            }
            let item = known(&attribute.local).filter(|_| attribute.namespace.is_empty());
            let Some(item) = item else {
                let rule = format!("attribute {} is not allowed", attribute.local);
                return Err(Violation::at(path, rule));
            };
            if !item.fits(&attribute.value) {
                let rule = format!("the value of attribute {} does not fit its type", attribute.local);
                return Err(Violation::at(path, rule));
            }
        }
        for item in self.items.iter().filter(|item| item.least > 0) {
            let name = item.name.strip_prefix('@');
            let there = |name: &str| element.attributes.iter().any(|attribute| attribute.local == name);
            if let Some(name) = name.filter(|name| !there(name)) {
                let rule = format!("attribute {name} is missing");
                return Err(Violation::at(path, rule).lacking());
            }
        }
        Ok(())
    }
}

impl Item {
    fn value(&self, element: &Element, path: &str) -> Result<(), Violation> {
        if self.fits(&element.text) {
            Ok(())
        } else {
            Err(Violation::at(path, "the value does not fit its type"))
        }
    }

    fn fits(&self, text: &str) -> bool {
        let Content::Value(kind) = &self.content else {
            return false;
        };
        match kind {
            Kind::Text(least, most) => (*least..=*most).contains(&text.chars().count()),
            Kind::Integer(least, most) => {
                facets::integer(text).is_some_and(|number| (*least..=*most).contains(&number))
            }
            Kind::Decimal(digits) => is_decimal(facets::collapse(text), *digits),
            Kind::Boolean => facets::boolean(text).is_some(),
            Kind::Date(from) => facets::date(text).is_some_and(|day| from.is_none_or(|from| day >= from)),
            Kind::Month(from) => {
                let month = facets::collapse(text);
                month.len() == 7 && month >= from.as_str() && facets::date(&format!("{month}-01")).is_some()
            }
            Kind::Ssin => facets::digits(text, 11).is_some(),
            Kind::Incomplete => facets::incomplete_date(text).is_some(),
            Kind::Word(words) => words.iter().any(|word| word == text),
        }
    }
}

fn is_decimal(text: &str, most: usize) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let counted = whole.trim_start_matches('0').len() + fraction.trim_end_matches('0').len();
    !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction) && counted <= most
}

struct Reader<'t> {
    rest: &'t str,
    namespaces: Namespaces,
}

impl<'t> Reader<'t> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn until(&mut self, signs: &[char]) -> &'t str {
        let end = self.rest.find(signs).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn model(&mut self) -> Model {
        let mut items = Vec::new();
        self.skip();
        while !self.rest.is_empty() && !self.rest.starts_with(')') {
            items.push(self.item());
            self.skip();
        }
        Model { items }
    }

    fn item(&mut self) -> Item {
        let name = self.until(&['?', '*', '{', '=', '(']);
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let namespace = self.namespaces.iter().find(|(known, _)| *known == prefix);
        assert!(prefix.is_empty() || namespace.is_some(), "what is {prefix}?");
        let (least, most) = if self.take('?') {
            (0, 1)
        } else if self.take('*') {
            (0, usize::MAX)
        } else if self.take('{') {
            let bounds = bounds(self.until(&['}']));
            self.take('}');
            (number(bounds.0), number(bounds.1))
        } else {
            (1, 1)
        };
        let content = if self.take('(') {
            let model = self.model();
            assert!(self.take(')'), "{name} is not closed");
            Content::Elements(model)
        } else {
            assert!(self.take('='), "{name} holds nothing");
            Content::Value(self.kind())
        };
        Item {
            namespace: namespace.map_or("", |(_, namespace)| namespace),
            name: local.to_owned(),
            least,
            most,
            content,
        }
    }

    fn kind(&mut self) -> Kind {
        let name = self.until(&['(', ' ', ')', '\n']);
        let arguments = if self.take('(') {
            let arguments = self.until(&[')']);
            self.take(')');
            arguments
        } else {
            ""
        };
        match name {
            "text" => {
                let (least, most) = bounds(arguments);
                let most = if most.is_empty() { usize::MAX } else { number(most) };
                Kind::Text(number(least), most)
            }
            "integer" if arguments.is_empty() => Kind::Integer(i64::MIN, i64::MAX),
            "integer" => {
                let (least, most) = bounds(arguments);
                Kind::Integer(number(least), number(most))
            }
            "decimal" if arguments.is_empty() => Kind::Decimal(18),
            "decimal" => Kind::Decimal(number(arguments)),
            "boolean" => Kind::Boolean,
            "date" => Kind::Date(facets::date(arguments)),
            "month" => Kind::Month(arguments.to_owned()),
            "ssin" => Kind::Ssin,
            "incomplete" => Kind::Incomplete,
            "word" => Kind::Word(arguments.split('|').map(str::to_owned).collect()),
            other => panic!("what is {other}?"),
        }
    }
}

fn bounds(text: &str) -> (&str, &str) {
    text.split_once("..")
        .unwrap_or_else(|| panic!("no bounds: {text}"))
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(model: &str, xml: &str) -> Result<(), String> {
        let model = Model::read(model, &[("P", "a=integer(0..9) b?=date()")], &[("n", "urn:n")]);
        let element = crate::soap::parse(xml).expect("well-formed");
        model
            .check(&element, "r")
            .map_err(|violation| violation.to_string())
    }

    #[test]
    fn what_fits_passes() {
        for (model, xml) in [
            ("a?=text(1..2) b*=boolean", "<r><a>xy</a><b>1</b><b>false</b></r>"),
            ("a?=text(1..2) b*=boolean", "<r/>"),
            (
                "n:a($P)",
                "<r xmlns:n='urn:n'><n:a><a> 7 </a><b>2081-02-03+01:00</b></n:a></r>",
            ),
            ("@q=integer() .=text(1..2)", "<r q='-5'>x</r>"),
            ("a{0..2}=decimal(4)", "<r><a>12.34</a><a>-1.5</a></r>"),
            ("a=month(2002-01) b=word(X|Y)", "<r><a>2002-01</a><b>Y</b></r>"),
        ] {
            assert_eq!(judge(model, xml), Ok(()), "{model}");
        }
    }

    #[test]
    fn what_does_not_is_named() {
        for (model, xml, what) in [
            ("a=text(1..2)", "<r/>", "expected a, found the end"),
            ("a=text(1..2)", "<r><a>xyz</a></r>", "r/a: the value does not fit"),
            ("a=text(1..2)", "<r><a>x</a><a>y</a></r>", "more than 1"),
            (
                "a?=boolean b?=boolean",
                "<r><b>1</b><a>1</a></r>",
                "a is unknown, repeated or out of order",
            ),
            ("n:a?=boolean", "<r><a>1</a></r>", "a is unknown"),
            ("@q=integer() .=text(1..2)", "<r>x</r>", "attribute q is missing"),
            ("a=boolean", "<r><a q='1'>1</a></r>", "attribute q is not allowed"),
            ("a=boolean", "<r><a><b/></a></r>", "holds elements"),
            ("a($P)", "<r><a><a>10</a></a></r>", "r/a/a: the value"),
            ("a=month(2002-01)", "<r><a>2001-12</a></r>", "r/a: the value"),
            ("a=date(2002-01-01)", "<r><a>2001-12-31</a></r>", "r/a: the value"),
            ("a=decimal(4)", "<r><a>123.45</a></r>", "r/a: the value"),
        ] {
            let refused = judge(model, xml).expect_err(model);
            assert!(refused.contains(what), "{refused}");
        }
    }
}
