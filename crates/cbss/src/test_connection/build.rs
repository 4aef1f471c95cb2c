//! The request.

use relay_domain::test_connection::{LONGEST_ECHO, TestConnection};

use crate::soap::{BuildError, PreparedCall, Writer, check_characters, within};

const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/TestConnectionServiceService/v1";
const SOAP_ACTION: &str = "http://kszbcss.fgov.be/TestConnectionServiceService/sendTestMessage";

/// Builds a `sendTestMessageRequest`, valid by TestConnectionServiceV1.xsd.
///
/// ```
/// use relay_cbss::test_connection;
/// use relay_domain::{Language, TestConnection};
///
/// let request = TestConnection { echo: "are you there?".into(), language: Language::En };
/// let call = test_connection::build(&request)?;
/// assert!(call.body.windows(27).any(|part| part == b"<echo>are you there?</echo>"));
/// # Ok::<(), relay_cbss::BuildError>(())
/// ```
pub fn build(request: &TestConnection) -> Result<PreparedCall, BuildError> {
    if let Some(first) = problems(request).into_iter().next() {
        return Err(first);
    }
    let mut envelope = Writer::envelope("svc:sendTestMessageRequest", NAMESPACE);
    envelope.leaf("echo", &request.echo)?;
    Ok(envelope.into_call(SOAP_ACTION))
}

/// All that keeps a request from being built.
#[must_use]
pub fn problems(request: &TestConnection) -> Vec<BuildError> {
    [
        within("echo", &request.echo, LONGEST_ECHO, "1 to 100 characters").err(),
        check_characters("echo", &request.echo).err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
