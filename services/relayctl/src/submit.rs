//! `relayctl submit`: what an upstream system does, from the command line.

mod answers;
mod input;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use relay_amqp::{
    Broker, BrokerOptions, Jitter, Outgoing, Properties, PublishOutcome, Publisher, Queue, Topology,
};
use relay_proto::{Encoding, address, message_type};
use relay_runtime::Entropy;
use relay_service::settings::SettingsFile;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::failure::Failure;
use crate::table;

/// Messages published between two movements of the progress bar.
const CHUNK: usize = 200;
/// How long the reply queue of a conversation outlives its last use.
const REPLY_QUEUE_EXPIRY: Duration = Duration::from_secs(600);

/// Submit requests as an upstream system does.
#[derive(Debug, Args)]
#[command(
    after_help = "The broker user of `broker.url` must be an upstream user of the organisation.\n\nExample:\n  \
                  echo '{\"organisation\":\"eupen-test\",\"idempotencyKey\":\"7f3c-1\",\"requester\":{\"userId\":\"user-17\",\n    \
                  \"reason\":\"file 4711\"},\"language\":\"de\",\"retrieveTiGroups\":{\"ssin\":\"80010100136\"}}' \\\n    \
                  | relayctl submit --wait"
)]
pub(crate) struct SubmitCommand {
    /// Submissions as JSON: one object, an array, or one object a line. Standard input without it.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// How they are sent.
    #[arg(long, value_enum, default_value = "json")]
    encoding: EncodingArg,
    /// Wait for the end of every job.
    #[arg(long)]
    wait: bool,
    /// What the reply queue's name begins with; `reply.<broker user>.` unless the relay's settings have another
    /// `reply_prefix` for this user.
    #[arg(long, requires = "wait")]
    reply_prefix: Option<String>,
    /// How long to wait, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// The final event of each job as one line of JSON, for programs.
    #[arg(long, requires = "wait")]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingArg {
    /// Protobuf's JSON mapping, as it is in the file.
    Json,
    /// Protobuf.
    Protobuf,
}

impl From<EncodingArg> for Encoding {
    fn from(encoding: EncodingArg) -> Self {
        match encoding {
            EncodingArg::Json => Self::Json,
            EncodingArg::Protobuf => Self::Protobuf,
        }
    }
}

/// A conversation with the broker.
struct Conversation {
    broker: Broker,
    publisher: Publisher,
    user: String,
    reply_to: Option<String>,
}

impl SubmitCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let file = SettingsFile::read(config).map_err(Failure::invalid)?;
        let encoding = Encoding::from(self.encoding);
        let submissions = input::read(self.file.as_deref(), encoding)?;
        let conversation = self.open(&file).await?;
        let keys: Vec<String> = submissions
            .iter()
            .map(|submission| submission.key.clone())
            .collect();
        conversation.publish(&submissions, encoding).await?;
        if !self.wait {
            table::line(&format!(
                "{} submissions are in the broker's hands",
                submissions.len()
            ));
            return Ok(());
        }
        let Some(queue) = &conversation.reply_to else {
            return Err(Failure::Invalid("there is no reply queue to wait at".to_owned()));
        };
        let stop = CancellationToken::new();
        let consumer = relay_amqp::Consumer::new(queue.clone(), 200);
        let (batches, settler) = consumer.open(
            conversation.broker.clone(),
            conversation.publisher.clone(),
            stop.clone(),
        );
        let limit = Duration::from_secs(self.timeout);
        let answers = answers::collect(batches, settler, stop, keys, limit).await;
        answers.report(self.json)
    }

    async fn open(&self, file: &SettingsFile) -> Result<Conversation, Failure> {
        let url = file.broker.url.expose();
        let user = user_of(url).ok_or_else(|| {
            Failure::Invalid("broker.url: names no user (amqp://USER:PASSWORD@HOST/VHOST)".to_owned())
        })?;
        let reply_to = self
            .wait
            .then(|| format!("reply.{user}.{}", Entropy::system().uuid_v4()));
        let options = BrokerOptions::new(url, "relayctl", Jitter::new(|| 0.5))
            .map_err(|error| Failure::Invalid(format!("broker.url: {error}")))?;
        let queues = reply_to
            .iter()
            .map(|name| Queue::expiring(name.clone(), REPLY_QUEUE_EXPIRY))
            .collect();
        let broker = Broker::new(
            options,
            Topology {
                queues,
                ..Topology::default()
            },
        );
        let connect = Duration::from_millis(file.broker.connect_timeout_ms);
        // The publisher would try for ever; a person wants to know now.
        tokio::time::timeout(connect, broker.declare())
            .await
            .map_err(|_| {
                Failure::Unreachable(format!(
                    "the broker did not answer within {} s",
                    connect.as_secs()
                ))
            })?
            .map_err(|error| Failure::Unreachable(format!("the broker: {error}")))?;
        let (publisher, link) = Publisher::new(broker.clone());
        tokio::spawn(link.run());
        Ok(Conversation {
            broker,
            publisher,
            user,
            reply_to,
        })
    }
}

impl Conversation {
    async fn publish(&self, submissions: &[input::Submission], encoding: Encoding) -> Result<(), Failure> {
        let bar = table::progress(submissions.len(), "submitting");
        for chunk in submissions.chunks(CHUNK) {
            let messages: Vec<Outgoing> = chunk
                .iter()
                .map(|submission| self.message(submission, encoding))
                .collect();
            for outcome in self.publisher.publish_batch(&messages).await {
                let reason = match outcome {
                    PublishOutcome::Confirmed => continue,
                    PublishOutcome::Returned { .. } => {
                        format!("there is no queue {}; start the producer once", address::INTAKE)
                    }
                    PublishOutcome::Nacked => format!("the queue {} is full", address::INTAKE),
                    PublishOutcome::Refused(text) | PublishOutcome::Lost(text) => text,
                };
                return Err(Failure::Unreachable(format!(
                    "a submission was not taken: {reason}. Submitting all of them again does no harm: a key makes one job"
                )));
            }
            bar.inc(chunk.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn message(&self, submission: &input::Submission, encoding: Encoding) -> Outgoing {
        Outgoing {
            exchange: String::new(),
            routing_key: address::INTAKE.to_owned(),
            properties: Properties {
                message_type: Some(message_type::SUBMISSION.to_owned()),
                content_type: Some(encoding.content_type().to_owned()),
                message_id: Some(Uuid::to_string(&Entropy::system().uuid_v4())),
                user_id: Some(self.user.clone()),
                reply_to: self.reply_to.clone(),
                ..Properties::default()
            },
            body: submission.body.clone().into(),
        }
    }
}

/// The user part of `amqp://user:password@host/vhost`, as it stands there.
fn user_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let (userinfo, _) = authority.rsplit_once('@')?;
    let user = userinfo.split(':').next()?;
    (!user.is_empty()).then(|| user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::user_of;

    #[test]
    fn the_user_is_read_from_the_url() {
        assert_eq!(
            user_of("amqp://eupen:secret@host:5672/vhost").as_deref(),
            Some("eupen")
        );
        assert_eq!(user_of("amqps://eupen@host").as_deref(), Some("eupen"));
        assert_eq!(user_of("amqp://host/vhost"), None);
        assert_eq!(user_of("nonsense"), None);
    }
}
