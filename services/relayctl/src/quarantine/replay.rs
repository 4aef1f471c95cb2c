//! `relayctl quarantine replay`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use relay_proto::{Encoding, message_type};
use relay_runtime::Entropy;
use relay_store::{Acted, Asked, Repair, ReplayMatch, Store};
use uuid::Uuid;

use super::nothing;
use crate::arguments;
use crate::bulk::{BulkArgs, Match};
use crate::failure::Failure;
use crate::table;

/// What `quarantine replay` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["id", "organisation", "cause"]).required(true).multiple(true))]
pub(super) struct ReplayArgs {
    /// The item's id; without it, all that match.
    #[arg(conflicts_with_all = ["organisation", "cause", "again", "first", "yes"])]
    id: Option<Uuid>,
    #[command(flatten)]
    repair: RepairArgs,
    /// Items of this organisation only.
    #[arg(long, value_parser = arguments::organisation)]
    organisation: Option<String>,
    /// Items with this cause only, as `relayctl quarantine list` shows it.
    #[arg(long)]
    cause: Option<String>,
    /// Those as well that were replayed before and stayed.
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// What one item is repaired with, for security advisors.
#[derive(Debug, Args)]
struct RepairArgs {
    /// This body instead of the one that was kept.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["organisation", "cause", "first", "yes", "again"])]
    body: Option<PathBuf>,
    /// This kind of message instead of what its `type` says.
    #[arg(long = "type", value_enum, value_name = "KIND", conflicts_with_all = ["organisation", "cause", "first", "yes", "again"])]
    kind: Option<Kind>,
    /// This encoding instead of what its `content_type` says.
    #[arg(long, value_enum, value_name = "ENCODING", conflicts_with_all = ["organisation", "cause", "first", "yes", "again"])]
    encoding: Option<EncodingArg>,
    /// Of a message without a sender: the broker's user for whom you vouch.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["organisation", "cause", "first", "yes", "again"], value_parser = arguments::broker_user)]
    user: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A submission.
    Submission,
    /// A cancellation.
    Cancel,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingArg {
    /// Protobuf's JSON mapping.
    Json,
    /// Protobuf.
    Protobuf,
}

impl ReplayArgs {
    pub(super) async fn run(self, config: &Path) -> Result<(), Failure> {
        let store = crate::store(config)?;
        let Some(id) = self.id else {
            return self.many(&store).await;
        };
        let repair = self.repair.read()?;
        let (replay, reason) = (Entropy::system().uuid_v4(), &self.bulk.reason.reason);
        let asked = match &repair {
            Some(repair) => store.ask_repair(id, replay, repair, reason).await?,
            None => store.ask_replay(id, replay, reason).await?,
        };
        match asked {
            Asked::Done => {
                table::line(&format!(
                    "item {id} is to be replayed; a service does it: relayctl quarantine show {id}"
                ));
                Ok(())
            }
            Asked::Moved => Err(Failure::Negative(format!(
                "item {id} was dealt with already, or is being replayed: relayctl quarantine show {id}"
            ))),
            Asked::NotFound => Err(nothing(id)),
            Asked::Denied => Err(Failure::Denied(
                "only a security advisor's login repairs a message (the try is on record)".to_owned(),
            )),
            Asked::IsAnAnswer => Err(Failure::Invalid(
                "an answer of the CBSS is read again as it came: replay it without a repair".to_owned(),
            )),
            Asked::HasASender => Err(Failure::Invalid(
                "--user: the broker has said who sent this message; only one that is `unauthenticated` lacks a sender"
                    .to_owned(),
            )),
        }
    }

    async fn many(self, store: &Store) -> Result<(), Failure> {
        let items = store
            .replayable(self.cause.as_deref(), self.organisation.as_deref())
            .await?;
        let (matches, refused) = chosen(items, self.again);
        if refused > 0 {
            table::line(&format!(
                "left out, for they were replayed before and stayed: {refused} (--again takes them as well)"
            ));
        }
        let ask = async |id, reason: &str| {
            Ok(
                match store.ask_replay(id, Entropy::system().uuid_v4(), reason).await? {
                    Asked::Done => Acted::Done,
                    Asked::NotFound => Acted::NotFound,
                    Asked::Moved | Asked::Denied | Asked::IsAnAnswer | Asked::HasASender => Acted::Moved,
                },
            )
        };
        self.bulk.run("items that match", matches, "Replay", ask).await
    }
}

/// Those to be replayed, and how many are left out.
fn chosen(items: Vec<ReplayMatch>, again: bool) -> (Vec<Match>, usize) {
    let all = items.len();
    let matches: Vec<Match> = items
        .into_iter()
        .filter(|item| again || !item.refused_before)
        .map(|item| Match {
            id: item.quarantine_id,
            cause: Some(item.cause),
        })
        .collect();
    let left_out = all - matches.len();
    (matches, left_out)
}

impl RepairArgs {
    fn read(&self) -> Result<Option<Repair>, Failure> {
        if self.body.is_none() && self.kind.is_none() && self.encoding.is_none() && self.user.is_none() {
            return Ok(None);
        }
        let read = |path: &PathBuf| {
            fs::read(path).map_err(|error| Failure::Invalid(format!("--body {}: {error}", path.display())))
        };
        Ok(Some(Repair {
            body: self.body.as_ref().map(read).transpose()?.map(Into::into),
            message_type: self.kind.map(|kind| match kind {
                Kind::Submission => message_type::SUBMISSION,
                Kind::Cancel => message_type::CANCEL,
            }),
            content_type: self.encoding.map(|encoding| match encoding {
                EncodingArg::Json => Encoding::Json.content_type(),
                EncodingArg::Protobuf => Encoding::Protobuf.content_type(),
            }),
            upstream_user: self.user.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use relay_store::ReplayMatch;
    use uuid::Uuid;

    use super::{ReplayArgs, chosen};

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        _replay: ReplayArgs,
    }

    fn accepts(arguments: &str) -> bool {
        let arguments = format!("replay {arguments} --reason ticket-4711");
        Cli::try_parse_from(arguments.split_whitespace()).is_ok()
    }

    #[test]
    fn one_item_or_a_filter() {
        let id = Uuid::nil();
        assert!(accepts(&id.to_string()));
        assert!(accepts("--cause unauthorised") && accepts("--organisation eupen --first 3 --yes --again"));
        assert!(!accepts("") && !accepts("--first 3 --yes"));
        assert!(!accepts(&format!("{id} --cause unauthorised")) && !accepts(&format!("{id} --yes")));
    }

    #[test]
    fn one_item_at_a_time_is_repaired() {
        let id = Uuid::nil();
        for repair in ["--body file", "--type cancel", "--encoding json", "--user eupen"] {
            assert!(accepts(&format!("{id} {repair}")), "{repair}");
            assert!(!accepts(&format!("--cause unknown_type {repair}")), "{repair}");
        }
        assert!(!accepts(&format!("{id} --type answer")));
    }

    #[test]
    fn what_was_refused_before_is_left_out() {
        let item = |refused_before| ReplayMatch {
            quarantine_id: Uuid::nil(),
            cause: "unauthorised".to_owned(),
            refused_before,
        };
        let items = || vec![item(false), item(true), item(false)];
        let count = |(matches, left_out): (Vec<_>, usize)| (matches.len(), left_out);
        assert_eq!(count(chosen(items(), false)), (2, 1));
        assert_eq!(count(chosen(items(), true)), (3, 0));
    }
}
