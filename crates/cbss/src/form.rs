//! Building a request along the table of its service ([`relay_domain::form`]).

use relay_domain::form::{Form, Given, GivenValue, Group, Holds, Operation, Part, Rule, Simple, find};
use relay_domain::{Service, SsinCheck};

use crate::soap::{BuildError, CallContext, PreparedCall, Writer};

const UNKNOWN_OPERATION: BuildError = BuildError::Facet {
    field: "operation",
    expected: "an operation of the service",
};

/// The operation that a form asks for, if nothing in it is other than the table and the schema have it.
pub(crate) fn checked(form: &Form, service: Service) -> Result<&'static Operation, BuildError> {
    let operation = operation(form, service)?;
    match check(&operation.content, form).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(operation),
    }
}

/// All that keeps a form from being built.
pub(crate) fn problems(form: &Form, service: Service) -> Vec<BuildError> {
    match operation(form, service) {
        Ok(operation) => check(&operation.content, form),
        Err(problem) => vec![problem],
    }
}

fn operation(form: &Form, service: Service) -> Result<&'static Operation, BuildError> {
    find(service, form.operation())
        .filter(|_| form.service() == service)
        .ok_or(UNKNOWN_OPERATION)
}

fn check(content: &Group, form: &Form) -> Vec<BuildError> {
    let mut problems = Vec::new();
    check_group(content, form.parts(), &mut problems);
    problems
}

fn check_group(group: &Group, given: &[Given], problems: &mut Vec<BuildError>) {
    let parts = group.parts_in_message();
    for part in &parts {
        check_part(part, given, problems);
    }
    if given
        .iter()
        .any(|given| parts.iter().all(|part| part.name != given.name))
    {
        problems.push(BuildError::Facet {
            field: "operation",
            expected: "only parts that it has",
        });
    }
    let broken =
        |rule: &Rule| broken(rule, given).map(|(field, expected)| BuildError::Facet { field, expected });
    problems.extend(group.rules.iter().filter_map(broken));
}

fn check_part(part: &Part, given: &[Given], problems: &mut Vec<BuildError>) {
    let field = local(part.element);
    let mut count = 0;
    for value in part.given(given) {
        count += 1;
        let expected = match (&part.holds, value) {
            (Holds::Group(inner), GivenValue::Parts(parts)) => {
                check_group(inner, parts, problems);
                continue;
            }
            // The organisation may let wrong check digits pass; whether it does was for the message's check.
            (Holds::Value(simple), GivenValue::Text(text)) => match simple.fit(text, SsinCheck::Warn) {
                Ok(fitting) if fitting == *text => continue,
                Ok(_) => "digits without separators",
                Err(misfit) => misfit.expected,
            },
            (Holds::Value(_) | Holds::Group(_) | Holds::OwnNumber, _) => part.expected(),
        };
        problems.push(BuildError::Facet { field, expected });
    }
    if count < usize::from(part.least) || count > usize::from(part.most) {
        problems.push(BuildError::Facet {
            field,
            expected: "as often as the schema has it",
        });
    }
}

/// A part that breaks the rule, and what is expected there.
fn broken(rule: &Rule, given: &[Given]) -> Option<(&'static str, &'static str)> {
    let text = |name: &str| {
        given
            .iter()
            .find(|given| given.name == name)
            .and_then(|given| match &given.value {
                GivenValue::Text(text) => Some(text.as_str()),
                GivenValue::Parts(_) => None,
            })
    };
    let there = |name: &&str| given.iter().any(|given| given.name == **name);
    let first = |names: &[&'static str]| names.first().copied().unwrap_or_default();
    match rule {
        Rule::SomeOf(names) => {
            (!names.iter().any(there)).then(|| (first(names), "this or another of its kind"))
        }
        Rule::SomeTrue(names) => (!names.iter().any(|name| text(name) == Some("true")))
            .then(|| (first(names), "this or another of its kind to be true")),
        Rule::InOrder(first, last) => text(first)
            .zip(text(last))
            .is_some_and(|(first, last)| last < first)
            .then_some((*last, "a day not before the first")),
    }
}

/// Builds a request of one of the newer services, whose operations have these names, elements and SOAPActions.
pub(crate) fn build(
    form: &Form,
    service: Service,
    namespace: &'static str,
    operations: &[(&str, &'static str, &'static str)],
    context: &CallContext<'_>,
) -> Result<PreparedCall, BuildError> {
    let operation = checked(form, service)?;
    let (_, root, action) = operations
        .iter()
        .find(|(name, _, _)| *name == operation.name)
        .ok_or(UNKNOWN_OPERATION)?;
    let mut envelope = Writer::envelope(root, namespace);
    envelope.customer(context)?;
    envelope.legal_context(context)?;
    write(
        &operation.content,
        form.parts(),
        context.cbe_number,
        &mut envelope,
    )?;
    Ok(envelope.into_call(action))
}

/// Writes what is given, in the order of the table. `own_number` is that of the organisation.
pub(crate) fn write(
    group: &Group,
    given: &[Given],
    own_number: &str,
    writer: &mut Writer,
) -> Result<(), BuildError> {
    for part in group.parts.iter().filter(|part| !part.element.starts_with('@')) {
        match &part.holds {
            Holds::OwnNumber => writer.leaf(part.element, own_number)?,
            Holds::Group(inner) if part.name.is_empty() => {
                writer.open(part.element);
                write(inner, given, own_number, writer)?;
                writer.close();
            }
            Holds::Group(inner) => {
                for value in part.given(given) {
                    let GivenValue::Parts(parts) = value else { continue };
                    writer.open_attributed(part.element, &attributes(inner, parts))?;
                    write(inner, parts, own_number, writer)?;
                    writer.close();
                }
            }
            Holds::Value(Simple::DateOrToday) => {
                writer.open(part.element);
                match texts(part, given).next() {
                    Some(day) => writer.leaf("date", day)?,
                    None => writer.leaf("today", "true")?,
                }
                writer.close();
            }
            Holds::Value(simple) => {
                for text in texts(part, given) {
                    let text = match (simple, text) {
                        (Simple::FlagAsNumber, "true") => "1",
                        (Simple::FlagAsNumber, _) => "0",
                        (_, text) => text,
                    };
                    if part.element == "." {
                        writer.text(text)?;
                    } else {
                        writer.leaf(part.element, text)?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn attributes<'g>(group: &Group, given: &'g [Given]) -> Vec<(&'static str, &'g str)> {
    let named = group
        .parts
        .iter()
        .filter_map(|part| part.element.strip_prefix('@').map(|name| (name, part)));
    named
        .filter_map(|(name, part)| texts(part, given).next().map(|text| (name, text)))
        .collect()
}

fn texts<'g>(part: &Part, given: &'g [Given]) -> impl Iterator<Item = &'g str> + use<'g> {
    part.given(given).filter_map(|value| match value {
        GivenValue::Text(text) => Some(text.as_str()),
        GivenValue::Parts(_) => None,
    })
}

/// The element without prefix or mark.
fn local(element: &'static str) -> &'static str {
    let element = element.trim_start_matches('@');
    element.rsplit_once(':').map_or(element, |(_, local)| local)
}
