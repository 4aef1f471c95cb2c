//! What the services tell each other: ids, in protobuf.

use prost::Message as _;
use relay_domain::{AttemptNumber, JobId, Round};
use uuid::Uuid;

use crate::error::{DecodeCause, DecodeError};
use crate::wire;

/// A job that may be sent now: from the producer to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkItem {
    /// The job.
    pub job_id: JobId,
    /// The round it was released in.
    pub round: Round,
    /// The attempt to begin.
    pub attempt: AttemptNumber,
}

impl WorkItem {
    /// Protobuf.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let job_id = self.job_id.0.as_bytes().to_vec();
        wire::WorkItem {
            job_id,
            round: self.round,
            attempt: self.attempt,
        }
        .encode_to_vec()
    }

    /// Reads protobuf. Fields of a newer version are passed over: these messages are ours on both sides.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let item = wire::WorkItem::decode(bytes).map_err(|_| DecodeCause::BrokenWire.somewhere())?;
        Ok(Self {
            job_id: job_id(&item.job_id)?,
            round: counted_from_one(item.round)?,
            attempt: counted_from_one(item.attempt)?,
        })
    }
}

/// An attempt whose answer is stored: from a worker to results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResponseItem {
    /// The job.
    pub job_id: JobId,
    /// The attempt that was answered.
    pub attempt: AttemptNumber,
}

impl ResponseItem {
    /// Protobuf.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::ResponseItem {
            job_id: self.job_id.0.as_bytes().to_vec(),
            attempt: self.attempt,
        }
        .encode_to_vec()
    }

    /// Reads protobuf. Fields of a newer version are passed over: these messages are ours on both sides.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let item = wire::ResponseItem::decode(bytes).map_err(|_| DecodeCause::BrokenWire.somewhere())?;
        Ok(Self {
            job_id: job_id(&item.job_id)?,
            attempt: counted_from_one(item.attempt)?,
        })
    }
}

fn job_id(bytes: &[u8]) -> Result<JobId, DecodeError> {
    Uuid::from_slice(bytes)
        .map(JobId)
        .map_err(|_| DecodeCause::BrokenContent.somewhere())
}

fn counted_from_one(number: i32) -> Result<i32, DecodeError> {
    if number >= 1 {
        Ok(number)
    } else {
        Err(DecodeCause::BrokenContent.somewhere())
    }
}
