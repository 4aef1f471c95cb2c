//! Arguments that several commands take, and their rules.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use relay_domain::{CbssEnvironment, Language, OrganisationId, Service};
use relay_store::Scope;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::Failure;
use crate::table;

/// A reason has at least this many characters; the database holds to it as well.
const SHORTEST_REASON: usize = 5;

/// Why an operator acts.
#[derive(Debug, Args)]
pub(crate) struct Reason {
    /// Why you do it, five characters or more. It is kept, sealed, beside the login that did it.
    #[arg(long, value_parser = reason)]
    pub(crate) reason: String,
}

/// A lane, or several together.
#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    /// Which CBSS: test, acpt or prod.
    #[arg(long, value_parser = environment)]
    environment: CbssEnvironment,
    /// Of this organisation; without it, of all together.
    #[arg(long, value_parser = organisation)]
    organisation: Option<String>,
    /// Of this service; without it, of all together.
    #[arg(long, value_parser = service)]
    service: Option<String>,
}

impl ScopeArgs {
    /// The scope: what is not named is `*`.
    pub(crate) fn scope(self) -> Scope {
        let any = || "*".to_owned();
        Scope {
            environment: self.environment,
            organisation: self.organisation.unwrap_or_else(any),
            service: self.service.unwrap_or_else(any),
        }
    }
}

/// A scope in words.
pub(crate) fn scope_text(scope: &Scope) -> String {
    let all = |text: &str, all: &'static str| {
        if text == "*" {
            all.to_owned()
        } else {
            text.to_owned()
        }
    };
    format!(
        "{}, {}, {}",
        scope.environment.as_str(),
        all(&scope.organisation, "all organisations"),
        all(&scope.service, "all services")
    )
}

/// A language of titles, texts and hints.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LanguageArg {
    /// Dutch.
    Nl,
    /// French.
    Fr,
    /// German.
    De,
    /// English.
    En,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::Nl => Self::Nl,
            LanguageArg::Fr => Self::Fr,
            LanguageArg::De => Self::De,
            LanguageArg::En => Self::En,
        }
    }
}

pub(crate) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() < SHORTEST_REASON {
        return Err(format!("at least {SHORTEST_REASON} characters"));
    }
    Ok(text.to_owned())
}

pub(crate) fn environment(text: &str) -> Result<CbssEnvironment, String> {
    match text {
        "test" => Ok(CbssEnvironment::Test),
        "acpt" => Ok(CbssEnvironment::Acpt),
        "prod" => Ok(CbssEnvironment::Prod),
        _ => Err("one of test, acpt, prod".to_owned()),
    }
}

pub(crate) fn organisation(text: &str) -> Result<String, String> {
    OrganisationId::parse(text)
        .map(String::from)
        .map_err(|error| error.to_string())
}

pub(crate) fn service(text: &str) -> Result<String, String> {
    Service::from_name(text)
        .map(|service| service.as_str().to_owned())
        .ok_or_else(|| {
            let names: Vec<_> = Service::ALL.iter().map(|service| service.as_str()).collect();
            format!("one of {}", names.join(", "))
        })
}

pub(crate) fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "a time with its zone, such as 2026-12-01T20:00:00Z".to_owned())
}

/// A broker's user: a short string of AMQP, and nothing that is no plain name.
pub(crate) fn broker_user(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
        return Err("the name of a broker's user, 1 to 255 bytes".to_owned());
    }
    Ok(text.to_owned())
}

/// Asks on the terminal; who is no terminal says `--yes`.
pub(crate) fn confirm(yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::Invalid(
            "nothing was done: standard input is no terminal to ask on; --yes goes without asking".to_owned(),
        ));
    }
    table::ask(&format!("{question} Type yes: "));
    let mut answer = String::new();
    input
        .read_line(&mut answer)
        .map_err(|error| Failure::Invalid(format!("reading the answer: {error}")))?;
    if answer.trim() == "yes" {
        Ok(())
    } else {
        Err(Failure::Negative("nothing was done".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{broker_user, confirm, environment, moment, organisation, reason, service};

    #[test]
    fn a_reason_has_five_characters_that_count() {
        assert_eq!(reason("  file 4711 ").as_deref(), Ok("file 4711"));
        assert!(reason("éàüöß").is_ok());
        for text in ["", "    ", " 471 ", "file "] {
            assert!(reason(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn scopes_are_named_and_never_starred() {
        assert!(environment("acpt").is_ok() && environment("ACPT").is_err() && environment("*").is_err());
        assert!(organisation("eupen-test").is_ok() && organisation("*").is_err());
        assert!(service("manage-access").is_ok() && service("*").is_err());
    }

    #[test]
    fn a_moment_has_a_zone() {
        assert!(moment("2026-12-01T20:00:00Z").is_ok() && moment("2026-12-01T20:00:00+01:00").is_ok());
        assert!(moment("2026-12-01T20:00:00").is_err() && moment("tomorrow").is_err());
    }

    #[test]
    fn a_user_is_a_plain_name() {
        assert!(broker_user("eupen").is_ok());
        assert!(
            broker_user("").is_err()
                && broker_user("a\nb").is_err()
                && broker_user(&"u".repeat(256)).is_err()
        );
    }

    #[test]
    fn yes_is_not_asked_again() {
        assert!(confirm(true, "?").is_ok());
    }
}
