//! The people that are asked about.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use relay_bare::call::{Caller, Endpoint};
use relay_bare::{reply, tell};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What to prepare.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The simulator, without a path.
    #[arg(long, value_name = "URL")]
    simulator: String,
    /// How many people.
    #[arg(long, default_value_t = 200)]
    count: usize,
    #[command(flatten)]
    endpoint: Endpoint,
    /// Folder for the replies, `<ssin>.xml`, as `relay-simulator --replies` takes them.
    #[arg(long, value_name = "DIR")]
    replies: PathBuf,
    /// Where the people go, as JSON.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Person {
    /// Eleven digits.
    pub(crate) ssin: String,
    /// Rows of the reply.
    pub(crate) rows: usize,
    /// Bytes of the reply.
    pub(crate) bytes: usize,
}

#[derive(Deserialize)]
struct Listed {
    ssin: String,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let caller = Caller::new(args.endpoint, 1)?;
    let simulator = args.simulator.trim_end_matches('/');
    let listed: Vec<Listed> = caller
        .get(&format!("{simulator}/_sim/people?limit={}", args.count))
        .await?;
    ensure!(
        listed.len() == args.count,
        "the simulator has {} people to ask about, {} are wanted",
        listed.len(),
        args.count
    );
    fs::create_dir_all(&args.replies).with_context(|| format!("making {}", args.replies.display()))?;
    let mut people = Vec::with_capacity(listed.len());
    for Listed { ssin } in listed {
        let body = caller.ask(&ssin, true, Uuid::nil()).await?;
        let rows = reply::rows(&body).context("reading a reply")?.len();
        let bytes = body.len();
        let file = args.replies.join(format!("{ssin}.xml"));
        fs::write(&file, &body).with_context(|| format!("writing {}", file.display()))?;
        people.push(Person { ssin, rows, bytes });
    }
    tell::write(&args.out, &people)
}
