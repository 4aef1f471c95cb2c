//! The request of TestConnection: its checks, and how it is written.

use relay_domain::Language;
use relay_domain::test_connection::{LONGEST_ECHO, TestConnection};

use crate::check;
use crate::codes;
use crate::read::Findings;
use crate::wire;

const ECHO: &str = "request.testConnection.echo";
const LANGUAGE: &str = "request.testConnection.language";

/// Checks everything.
pub(crate) fn checked(
    request: &wire::TestConnection,
    language: Language,
    findings: &mut Findings,
) -> Option<TestConnection> {
    let language = check::language(LANGUAGE, &request.language, language, findings);
    Some(TestConnection {
        echo: echo(&request.echo, findings)?,
        language,
    })
}

fn echo(text: &str, findings: &mut Findings) -> Option<String> {
    // XML 1.0 has no way to write the last two, nor most control characters.
    let forbidden = |character: char| character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}');
    if text.trim().is_empty() {
        findings.report(ECHO, codes::REQUIRED, "the text to be sent back is missing");
    } else if text.chars().count() > LONGEST_ECHO {
        findings.report(
            ECHO,
            codes::TOO_LONG,
            format!("this has at most {LONGEST_ECHO} characters"),
        );
    } else if text.chars().any(forbidden) {
        findings.report(
            ECHO,
            codes::INVALID,
            "control characters (line breaks and tabs too) are not allowed here",
        );
    } else {
        return Some(text.to_owned());
    }
    None
}

/// Writes the request, for those who submit.
pub(crate) fn to_wire(request: &TestConnection) -> wire::TestConnection {
    wire::TestConnection {
        echo: request.echo.clone(),
        language: request.language.as_str().to_owned(),
    }
}
