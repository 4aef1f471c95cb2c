//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

use crate::population::LARGEST;
use crate::schema::facets;

const EXAMPLES: &str = "\
Examples:
  relay-simulator --listen 127.0.0.1:8520 --population 500
  curl -s 'http://127.0.0.1:8520/_sim/people?limit=3'

  relay-simulator --listen 127.0.0.1:0 --address-file sim.address --credential E0212344876:sim-password.txt \\
      --latency-ms 100 --rows-per-person 44 --reply-bytes 24000 --ledger-file ledger.jsonl

  # the next two questions of one organisation are answered with 503
  curl -s http://127.0.0.1:8520/_sim/faults -H 'content-type: application/json' -d \\
      '{\"match\":{\"cbe_number\":\"0212344876\",\"times\":2},\"action\":{\"type\":\"http_503\",\"retry_after_s\":1}}'

  # ManageAccess writes town codes and zones, as some real replies do; the next REGISTER is executed and its reply lost
  relay-simulator --org-unit 0212344876=62063 --zoned-dates
  curl -s http://127.0.0.1:8520/_sim/faults -H 'content-type: application/json' -d \\
      '{\"match\":{\"action\":\"REGISTER\",\"times\":1},\"action\":{\"type\":\"drop_reply\"}}'
  curl -s http://127.0.0.1:8520/_sim/changes";

/// A stand-in for the Crossroads Bank for Social Security (CBSS): same endpoint, invented people, scripted faults.
#[derive(Debug, Parser)]
#[command(name = "relay-simulator", version, after_help = EXAMPLES)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8520", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// File to write the bound address to, for callers that use port 0.
    #[arg(long, value_name = "FILE")]
    pub address_file: Option<PathBuf>,
    /// Certificates in PEM, the server's own first; with --tls-key it speaks HTTPS instead of HTTP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Equal seeds make equal people, files and dice.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many people there are.
    #[arg(long, default_value_t = 1000, value_parser = clap::builder::RangedU64ValueParser::<u64>::new().range(1..=LARGEST as u64))]
    pub population: u64,
    /// Folder of whole replies of RetrieveTIGroups, `<ssin>.xml`, sent as they are.
    #[arg(long, value_name = "DIR")]
    pub replies: Option<PathBuf>,
    /// Wait before every answer, milliseconds.
    #[arg(long, default_value_t = 0)]
    pub latency_ms: u64,
    /// A user of RetrieveTIGroups and the file with the password; repeat for more. Without any, every user is let in.
    #[arg(long, value_name = "USER:FILE")]
    pub credential: Vec<Credential>,
    /// A legal context that is granted; repeat for more.
    #[arg(long, default_value = "PCSA:SOCIAL_INQUIRY", value_name = "TEXT")]
    pub legal_context: Vec<String>,
    /// Least number of rows in a reply with history.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub rows_per_person: usize,
    /// Least size of the file in a reply with history, bytes.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub reply_bytes: usize,
    /// RetrieveTIGroups answers MSG00012 about people whom the organisation has not registered by ManageAccess (any
    /// purpose, a period that contains today, primary register).
    #[arg(long)]
    pub require_inscription: bool,
    /// What ManageAccess writes for an organisation instead of its enterprise number; repeat for more.
    #[arg(long, value_name = "CBE=UNIT")]
    pub org_unit: Vec<OrgUnit>,
    /// ManageAccess writes dates with a zone, such as 2026-01-01+02:00.
    #[arg(long)]
    pub zoned_dates: bool,
    /// How many calls the ledger holds in memory, and the log of registrations; the oldest go first.
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    pub ledger_limit: usize,
    /// File to which each call is appended as a line of JSON when it is over.
    #[arg(long, value_name = "FILE")]
    pub ledger_file: Option<PathBuf>,
    /// Log lines as text instead of JSON.
    #[arg(long)]
    pub log_text: bool,
}

/// A user and where the password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// As in the basic authentication.
    pub user: String,
    /// The password is its content, without a line end.
    pub file: PathBuf,
}

impl FromStr for Credential {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((user, file)) if !user.is_empty() && !file.is_empty() => Ok(Self {
                user: user.to_owned(),
                file: file.into(),
            }),
            Some(_) | None => Err("expected USER:FILE, the file holding the password"),
        }
    }
}

/// What stands for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgUnit {
    /// Enterprise number of the organisation, ten digits.
    pub cbe_number: String,
    /// Any text.
    pub unit: String,
}

impl FromStr for OrgUnit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((cbe_number, unit)) if facets::is_cbe_number(cbe_number) && !unit.is_empty() => Ok(Self {
                cbe_number: cbe_number.to_owned(),
                unit: unit.to_owned(),
            }),
            Some(_) | None => Err("expected CBE=UNIT, the enterprise number with its ten digits"),
        }
    }
}
