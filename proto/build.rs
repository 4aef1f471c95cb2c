//! Compiles the `.proto` files, without an installed protoc: the message types with their JSON names, and the
//! tables (`src/shape.rs`) that guide the reader through what arrives.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

const FILES: [&str; 4] = ["submission.proto", "cancel.proto", "event.proto", "work.proto"];
const PACKAGE: &str = ".cbss.relay.v1";
const TIMESTAMP: &str = ".google.protobuf.Timestamp";
/// The messages that come from outside or go there; the internal ones need no table.
const PUBLIC: [&str; 3] = ["Submission", "Cancel", "Event"];
/// The reader notes the fields it has seen in 64 bits.
const MOST_FIELDS: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=cbss");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let files: Vec<String> = FILES.iter().map(|file| format!("cbss/relay/v1/{file}")).collect();
    let set = protox::compile(files, ["."])?;

    let messages = messages(&set);
    let mut config = prost_build::Config::new();
    config.skip_debug(["."]);
    // Many times as large as the other requests.
    config.boxed(".cbss.relay.v1.Submission.request.manage_access");
    config.boxed(".cbss.relay.v1.Submission.request.identify_person");
    config.boxed(".cbss.relay.v1.Submission.request.loi65_ab");
    config.boxed(".cbss.relay.v1.Submission.request.loi65_df");
    json_names(&mut config, &messages)?;
    std::fs::write(out.join("shapes.rs"), shapes(&messages)?)?;
    std::fs::write(out.join("descriptors.bin"), descriptors(&set))?;
    config.compile_fds(set)?;
    Ok(())
}

/// Our messages with their full names, the nested ones too.
fn messages(set: &FileDescriptorSet) -> Vec<(String, &DescriptorProto)> {
    fn nested<'a>(parent: &str, message: &'a DescriptorProto, list: &mut Vec<(String, &'a DescriptorProto)>) {
        let name = format!("{parent}.{}", message.name());
        for inner in &message.nested_type {
            nested(&name, inner, list);
        }
        list.push((name, message));
    }
    let mut list = Vec::new();
    for file in set
        .file
        .iter()
        .filter(|file| format!(".{}", file.package()) == PACKAGE)
    {
        for message in &file.message_type {
            nested(PACKAGE, message, &mut list);
        }
    }
    list
}

/// Serde attributes that give protobuf's JSON mapping: numbers and booleans always, the rest when not empty.
fn json_names(
    config: &mut prost_build::Config,
    messages: &[(String, &DescriptorProto)],
) -> Result<(), String> {
    const DERIVE: &str = "#[derive(serde::Serialize)] #[serde(rename_all = \"camelCase\")]";
    for (name, message) in messages.iter().filter(|(name, _)| is_public(name, messages)) {
        // With the dot in front, a path would stand for everything below it as well.
        let name = name.trim_start_matches('.');
        config.message_attribute(name, DERIVE);
        for oneof in message.oneof_decl.iter().take(choices(message)) {
            config.enum_attribute(format!("{name}.{}", oneof.name()), DERIVE);
            config.field_attribute(format!("{name}.{}", oneof.name()), "#[serde(flatten)]");
        }
        for field in message.field.iter().filter(|field| !is_choice(field)) {
            let attribute = if field.label() == Label::Repeated {
                "#[serde(skip_serializing_if = \"Vec::is_empty\")]"
            } else if field.proto3_optional() {
                "#[serde(skip_serializing_if = \"Option::is_none\")]"
            } else {
                match rust_kind(field)?.as_str() {
                    "Text" => "#[serde(skip_serializing_if = \"String::is_empty\")]",
                    "Time" => {
                        "#[serde(skip_serializing_if = \"Option::is_none\", serialize_with = \"crate::time::write_json\")]"
                    }
                    "Flag" | "Integer" | "Unsigned" => continue,
                    _ => "#[serde(skip_serializing_if = \"Option::is_none\")]",
                }
            };
            config.field_attribute(format!("{name}.{}", field.name()), attribute);
        }
    }
    Ok(())
}

/// Is this field a member of a `oneof` that somebody wrote? `optional` makes one too, with a single member.
fn is_choice(field: &FieldDescriptorProto) -> bool {
    field.oneof_index.is_some() && !field.proto3_optional()
}

/// How many `oneof`s somebody wrote: they come before those that `optional` makes.
fn choices(message: &DescriptorProto) -> usize {
    let made = message
        .field
        .iter()
        .filter(|field| field.proto3_optional())
        .count();
    message.oneof_decl.len() - made
}

/// Is this one of the public messages, or a part of one?
fn is_public(name: &str, messages: &[(String, &DescriptorProto)]) -> bool {
    PUBLIC.iter().any(|root| name == format!("{PACKAGE}.{root}"))
        || messages.iter().any(|(parent, message)| {
            message.field.iter().any(|field| field.type_name() == name) && is_public(parent, messages)
        })
}

/// The tables as Rust source.
fn shapes(messages: &[(String, &DescriptorProto)]) -> Result<String, Box<dyn Error>> {
    let mut source = String::new();
    for (name, message) in messages.iter().filter(|(name, _)| is_public(name, messages)) {
        if message.field.len() > MOST_FIELDS {
            return Err(format!("{name} has more than {MOST_FIELDS} fields").into());
        }
        writeln!(
            source,
            "pub(crate) static {}: Message = Message {{ fields: &[",
            constant(name)
        )?;
        for field in &message.field {
            let choice = match field.oneof_index.filter(|_| is_choice(field)) {
                None => "None".to_owned(),
                Some(index) => {
                    let group = message
                        .oneof_decl
                        .get(usize::try_from(index)?)
                        .ok_or("a oneof that is not there")?;
                    choice(group.name(), field.name())
                }
            };
            let (number, repeated) = (field.number(), field.label() == Label::Repeated);
            let (proto, json, kind) = (field.name(), field.json_name(), rust_kind(field)?);
            writeln!(
                source,
                "Field {{ number: {number}, proto: {proto:?}, json: {json:?}, choice: {choice}, repeated: {repeated}, kind: Kind::{kind} }},"
            )?;
        }
        writeln!(source, "] }};")?;
    }
    Ok(source)
}

fn choice(group: &str, member: &str) -> String {
    format!(
        "Some(Choice {{ group: {group:?}, name: {:?} }})",
        member.replace('_', "-")
    )
}

/// The variant of `shape::Kind`. A type that no message has needed yet stops the build.
fn rust_kind(field: &FieldDescriptorProto) -> Result<String, String> {
    const SCALARS: [(Type, &str); 4] = [
        (Type::String, "Text"),
        (Type::Bool, "Flag"),
        (Type::Int32, "Integer"),
        (Type::Uint32, "Unsigned"),
    ];
    if field.type_name() == TIMESTAMP {
        return Ok("Time".to_owned());
    }
    if field.r#type() == Type::Message {
        return Ok(format!("Message(&{})", constant(field.type_name())));
    }
    match SCALARS.iter().find(|(scalar, _)| *scalar == field.r#type()) {
        Some((_, kind)) => Ok((*kind).to_owned()),
        None => Err(format!(
            "{}: the reader does not know the type {:?}",
            field.name(),
            field.r#type()
        )),
    }
}

/// `.cbss.relay.v1.Event.Tickets` is `EVENT_TICKETS`.
fn constant(name: &str) -> String {
    let mut constant = String::new();
    for part in name
        .trim_start_matches(PACKAGE)
        .trim_start_matches('.')
        .split('.')
    {
        for character in part.chars() {
            if character.is_ascii_uppercase() && !constant.is_empty() {
                constant.push('_');
            }
            constant.push(character.to_ascii_uppercase());
        }
    }
    constant
}

/// The descriptors without the comments.
fn descriptors(set: &FileDescriptorSet) -> Vec<u8> {
    let mut bare = set.clone();
    for file in &mut bare.file {
        file.source_code_info = None;
    }
    bare.encode_to_vec()
}
