//! The requests of services with a table ([`relay_domain::form`]): checked along it, written along it.
//!
//! Their messages have a type each in `submission.proto`, of which the reader knows names and shapes, and which say what
//! the tables say (`tests/contract/forms.rs`). What prost made of a message is looked at as JSON here, where the parts of
//! a table have the same names.

use relay_domain::form::{
    self, Form, Given, GivenValue, Group, Holds, MisfitKind, Operation, Part, Rule, Simple, operations,
};
use relay_domain::{Language, Service, SsinCheck};
use serde_json::{Map, Value};

use crate::check;
use crate::codes;
use crate::read::Findings;

/// What a check needs.
struct Checker<'a> {
    ssin_check: SsinCheck,
    findings: &'a mut Findings,
}

/// Checks everything. `request` is one of the generated messages, `path` where it stands.
pub(crate) fn checked(
    service: Service,
    path: &str,
    request: &impl serde::Serialize,
    language: Language,
    ssin_check: SsinCheck,
    findings: &mut Findings,
) -> Option<Form> {
    // It fails for maps with keys that are no texts; no message has a map.
    let Ok(Value::Object(mut request)) = serde_json::to_value(request) else {
        return None;
    };
    let code = text_of(request.remove("language").as_ref());
    let language = check::language(&format!("{path}.language"), &code, language, findings);
    let name = text_of(request.remove("operation").as_ref());
    let Some(operation) = form::find(service, &name) else {
        unknown_operation(service, path, &name, findings);
        return None;
    };
    let mut checker = Checker { ssin_check, findings };
    let mut parts = Vec::new();
    checker.group(&operation.content, &request, path, &mut parts);
    checker.others(operation, &request, path);
    Some(Form::new(service, operation.name, parts, language))
}

fn text_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn unknown_operation(service: Service, path: &str, name: &str, findings: &mut Findings) {
    let path = format!("{path}.operation");
    if name.is_empty() {
        findings.report(path, codes::REQUIRED, "the operation is missing");
        return;
    }
    let names: Vec<&str> = operations(service)
        .unwrap_or_default()
        .iter()
        .map(|operation| operation.name)
        .collect();
    findings.report(
        path,
        codes::INVALID,
        format!("an operation of this service is {}", names.join(", ")),
    );
}

impl Checker<'_> {
    fn group(&mut self, group: &Group, request: &Map<String, Value>, path: &str, given: &mut Vec<Given>) {
        for part in group.parts_in_message() {
            self.part(
                part,
                request.get(part.name),
                &format!("{path}.{}", part.name),
                given,
            );
        }
        for rule in group.rules {
            self.rule(rule, request, path);
        }
    }

    fn part(&mut self, part: &Part, value: Option<&Value>, path: &str, given: &mut Vec<Given>) {
        let values: &[Value] = match value {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(one) => std::slice::from_ref(one),
        };
        if values.len() < usize::from(part.least) {
            self.findings.report(
                path,
                codes::REQUIRED,
                format!("this is missing: {}", part.expected()),
            );
        }
        if values.len() > usize::from(part.most) {
            self.findings.report(
                path,
                codes::INVALID,
                format!("this list has at most {} elements", part.most),
            );
            return;
        }
        for (index, value) in values.iter().enumerate() {
            let path = if part.is_list() {
                format!("{path}[{index}]")
            } else {
                path.to_owned()
            };
            if let Some(value) = self.value(part, value, &path) {
                given.push(Given {
                    name: part.name.to_owned(),
                    value,
                });
            }
        }
    }

    fn value(&mut self, part: &Part, value: &Value, path: &str) -> Option<GivenValue> {
        let simple = match (&part.holds, value) {
            (Holds::Group(inner), Value::Object(request)) => {
                let mut parts = Vec::new();
                self.group(inner, request, path, &mut parts);
                return Some(GivenValue::Parts(parts));
            }
            (Holds::Value(simple), _) => simple,
            (Holds::Group(_) | Holds::OwnNumber, _) => return None,
        };
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        match simple.fit(&text, self.ssin_check) {
            Ok(text) => Some(GivenValue::Text(text)),
            Err(misfit) => {
                let code = match misfit.kind {
                    MisfitKind::Invalid => codes::INVALID,
                    MisfitKind::TooLong => codes::TOO_LONG,
                    MisfitKind::Checksum => codes::CHECKSUM,
                };
                self.findings
                    .report(path, code, format!("expected: {}", misfit.expected));
                None
            }
        }
    }

    fn rule(&mut self, rule: &Rule, request: &Map<String, Value>, path: &str) {
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        match rule {
            Rule::SomeOf(names) => {
                if !names.iter().any(|name| request.contains_key(*name))
                    && !self.findings.has_unread_part(path)
                {
                    self.findings.report(
                        path,
                        codes::REQUIRED,
                        format!("at least one of these is needed: {}", names.join(", ")),
                    );
                }
            }
            Rule::SomeTrue(names) => {
                let any = names
                    .iter()
                    .any(|name| request.get(*name) == Some(&Value::Bool(true)));
                if !any && !self.findings.has_unread_part(path) {
                    self.findings
                        .report(path, codes::REQUIRED, "at least one of these must be true");
                }
            }
            Rule::InOrder(first, last) => {
                let ordered = text(first)
                    .zip(text(last))
                    .is_none_or(|(first, last)| first <= last);
                if !ordered {
                    self.findings.report(
                        format!("{path}.{last}"),
                        codes::INVALID,
                        format!("this lies before {first}"),
                    );
                }
            }
        }
    }

    /// What the message has for other operations of the service.
    fn others(&mut self, operation: &Operation, request: &Map<String, Value>, path: &str) {
        let parts = operation.content.parts_in_message();
        for name in request
            .keys()
            .filter(|name| parts.iter().all(|part| part.name != **name))
        {
            self.findings.report(
                format!("{path}.{name}"),
                codes::INVALID,
                format!("{} has no such part", operation.name),
            );
        }
    }
}

/// The request's message as JSON, for those who submit.
pub(crate) fn to_json(form: &Form) -> Map<String, Value> {
    let mut request = Map::new();
    if !form.operation().is_empty() {
        request.insert("operation".to_owned(), form.operation().into());
    }
    if let Some(operation) = form::find(form.service(), form.operation()) {
        write(&operation.content, form.parts(), &mut request);
    }
    request.insert("language".to_owned(), form.language().as_str().into());
    request
}

fn write(group: &Group, given: &[Given], request: &mut Map<String, Value>) {
    for part in group.parts_in_message() {
        let mut values = part.given(given).map(|value| json(part, value));
        let value = if part.is_list() {
            let list: Vec<Value> = values.collect();
            (!list.is_empty()).then(|| list.into())
        } else {
            values.next()
        };
        request.extend(value.map(|value| (part.name.to_owned(), value)));
    }
}

fn json(part: &Part, value: &GivenValue) -> Value {
    match (&part.holds, value) {
        (Holds::Group(inner), GivenValue::Parts(parts)) => {
            let mut request = Map::new();
            write(inner, parts, &mut request);
            request.into()
        }
        (Holds::Value(Simple::Flag | Simple::FlagAsNumber), GivenValue::Text(text)) => {
            (text == "true").into()
        }
        (Holds::Value(Simple::Integer { .. }), GivenValue::Text(text)) => {
            text.parse::<i64>().map_or(Value::Null, Value::from)
        }
        (Holds::Value(_), GivenValue::Text(text)) => text.as_str().into(),
        (Holds::Value(_) | Holds::Group(_) | Holds::OwnNumber, _) => Value::Null,
    }
}
