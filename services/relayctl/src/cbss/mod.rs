//! `relayctl cbss`: the protocol offline, for developers and for looking into a case. Nothing is sent, but by `ping`.

mod build;
mod parse;
mod ping;

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use relay_domain::Service;

/// Build requests and read replies of the CBSS, offline; see whether it can be reached.
#[derive(Debug, Args)]
pub(crate) struct CbssCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the request that would be sent, from the JSON of the service's request message.
    Build(build::BuildArgs),
    /// Read a reply and print what is in it.
    Parse(parse::ParseArgs),
    /// Ask the CBSS for an echo (TestConnection), with an organisation's access: does it work? This one sends.
    Ping(ping::PingArgs),
}

/// The services that can be built and parsed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ServiceArg {
    /// What the national register knows of a person ("Tx25").
    RetrieveTiGroups,
    /// That a centre keeps a file on a person: to register, to take back, to list.
    ManageAccess,
    /// Who somebody is, by number or by name.
    IdentifyPerson,
    /// A person's family, legal data, addresses and stay in the waiting register.
    PerformInvestigation,
    /// Whether the CBSS can be reached, and which certificate it sees.
    TestConnection,
    /// Loi65: who is helped, and how (forms A, B1, B2).
    #[value(name = "loi65-ab")]
    Loi65Ab,
    /// Loi65: aid that ends (forms C).
    #[value(name = "loi65-c")]
    Loi65C,
    /// Loi65: costs to be refunded and aid that is recovered (forms D1, D2, F).
    #[value(name = "loi65-df")]
    Loi65Df,
    /// What the health insurance funds know of a person.
    HealthCareInsurance,
    /// What the unemployment office knows of a person.
    UnemploymentData,
}

impl From<ServiceArg> for Service {
    fn from(service: ServiceArg) -> Self {
        match service {
            ServiceArg::RetrieveTiGroups => Self::RetrieveTiGroups,
            ServiceArg::ManageAccess => Self::ManageAccess,
            ServiceArg::IdentifyPerson => Self::IdentifyPerson,
            ServiceArg::PerformInvestigation => Self::PerformInvestigation,
            ServiceArg::TestConnection => Self::TestConnection,
            ServiceArg::Loi65Ab => Self::Loi65Ab,
            ServiceArg::Loi65C => Self::Loi65C,
            ServiceArg::Loi65Df => Self::Loi65Df,
            ServiceArg::HealthCareInsurance => Self::HealthCareInsurance,
            ServiceArg::UnemploymentData => Self::UnemploymentData,
        }
    }
}

/// Why a subcommand ends without a result, and with which exit code.
#[derive(Debug)]
enum Failure {
    /// Bad usage or an invalid value: 2.
    Invalid(String),
    /// Not found or not readable: 3.
    Unreadable(String),
}

impl CbssCommand {
    /// Carries the command out: the result on standard output, everything else on standard error. Exits
    /// with 0, with 2 for bad usage or invalid values, with 3 for what is missing or unreadable.
    pub(crate) fn run(self, config: &Path) -> ExitCode {
        let result = match self.action {
            Action::Ping(args) => return args.run(config),
            Action::Build(args) => args.run(),
            Action::Parse(args) => args.run(),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                note(&failure.to_string());
                match failure {
                    Failure::Invalid(_) => ExitCode::from(2),
                    Failure::Unreadable(_) => ExitCode::from(3),
                }
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(text) | Self::Unreadable(text) => write!(f, "error: {text}"),
        }
    }
}

/// A line on standard error; that nobody reads it is no reason to fail.
fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The file, or standard input without one or for `-`; at most `limit` bytes and one more, which tells that
/// there are more.
fn read_input(file: Option<&Path>, limit: usize) -> Result<Vec<u8>, Failure> {
    let limit = limit as u64 + 1;
    let mut bytes = Vec::new();
    let (name, read) = match file.filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let read = std::fs::File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes));
            (file.display().to_string(), read)
        }
        None => (
            "standard input".to_owned(),
            io::stdin().take(limit).read_to_end(&mut bytes),
        ),
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(e) => Err(Failure::Unreadable(format!("{name}: {e}"))),
    }
}

/// The result. A reader that has gone away has had enough, and is no error.
fn write_output(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Unreadable(format!("standard output: {e}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The text of a file that settings name.
fn read_text(file: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|e| Failure::Unreadable(format!("{}: {e}", file.display())))
}
