//! Building a request along the table of its service ([`relay_domain::form`]).

use relay_domain::form::{Form, Given, GivenValue, Group, Holds, Operation, Part, Rule, find};
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
    check_parts(group, given, problems);
    if given.iter().any(|given| part_named(group, &given.name).is_none()) {
        problems.push(BuildError::Facet {
            field: "operation",
            expected: "only parts that it has",
        });
    }
}

fn check_parts(group: &Group, given: &[Given], problems: &mut Vec<BuildError>) {
    for part in group.parts {
        let field = local(part.element);
        match &part.holds {
            Holds::OwnNumber => continue,
            Holds::Group(inner) if part.name.is_empty() => {
                check_parts(inner, given, problems);
                continue;
            }
            _ => {}
        }
        let mut count = 0;
        for value in part.given(given) {
            count += 1;
            match (&part.holds, value) {
                (Holds::Group(inner), GivenValue::Parts(parts)) => check_group(inner, parts, problems),
                (Holds::Group(_), GivenValue::Text(_)) | (_, GivenValue::Parts(_)) => {
                    problems.push(BuildError::Facet {
                        field,
                        expected: part.holds.expected(),
                    });
                }
                // The organisation may let wrong check digits pass; whether it does was for the message's check.
                (holds, GivenValue::Text(text)) => match holds.fit(text, SsinCheck::Warn) {
                    Ok(fitting) if fitting == *text => {}
                    Ok(_) => problems.push(BuildError::Facet {
                        field,
                        expected: "digits without separators",
                    }),
                    Err(misfit) => problems.push(BuildError::Facet {
                        field,
                        expected: misfit.expected,
                    }),
                },
            }
        }
        if count < usize::from(part.least) || count > usize::from(part.most) {
            problems.push(BuildError::Facet {
                field,
                expected: "as often as the schema has it",
            });
        }
    }
    for rule in group.rules {
        if let Some(expected) = broken(rule, given) {
            let (Rule::SomeOf(names) | Rule::SomeTrue(names)) = rule else {
                let Rule::InOrder(_, last) = rule else { continue };
                problems.push(BuildError::Facet {
                    field: last,
                    expected,
                });
                continue;
            };
            problems.push(BuildError::Facet {
                field: names.first().copied().unwrap_or_default(),
                expected,
            });
        }
    }
}

fn broken(rule: &Rule, given: &[Given]) -> Option<&'static str> {
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
    match rule {
        Rule::SomeOf(names) => {
            (!names.iter().any(|name| there(name))).then_some("this or another of its kind")
        }
        Rule::SomeTrue(names) => (!names.iter().any(|name| text(name) == Some("true")))
            .then_some("this or another of its kind to be true"),
        Rule::InOrder(first, last) => text(first)
            .zip(text(last))
            .is_some_and(|(first, last)| last < first)
            .then_some("a day not before the first"),
    }
}

fn part_named(group: &Group, name: &str) -> Option<&'static Part> {
    group.parts.iter().find_map(|part| match &part.holds {
        Holds::Group(inner) if part.name.is_empty() => part_named(inner, name),
        Holds::OwnNumber => None,
        _ => (part.name == name).then_some(part),
    })
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
            Holds::DateOrToday => {
                writer.open(part.element);
                match texts(part, given).next() {
                    Some(day) => writer.leaf("date", day)?,
                    None => writer.leaf("today", "true")?,
                }
                writer.close();
            }
            holds => {
                for text in texts(part, given) {
                    let text = match (holds, text) {
                        (Holds::FlagAsNumber, "true") => "1",
                        (Holds::FlagAsNumber, _) => "0",
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
