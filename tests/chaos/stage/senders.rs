//! What senders do; nothing, where there is no earlier submission to do it with.

use std::time::Duration;

use relay_testkit::poll_until;
use uuid::Uuid;

use super::Stage;
use crate::script::{Organisation, Submission};
use crate::sender::Submitted;

/// How long upstream waits for the id of a job that another one is to follow.
const ID: Duration = Duration::from_millis(600);

impl Stage {
    pub(super) async fn submit(&self, submission: Submission) {
        let after = match submission.after {
            Some(back) => self.prerequisite(submission, back).await,
            None => None,
        };
        self.sender
            .submit(&self.upstreams, &self.people, submission, after);
    }

    pub(super) fn again(&self, back: usize) {
        if let Some(index) = self.earlier(back) {
            self.sender.again(&self.upstreams, index);
        }
    }

    pub(super) fn cancel(&self, back: usize) {
        if let Some(index) = self.earlier(back) {
            self.sender.cancel(&self.upstreams, index);
        }
    }

    /// Only the key of what is a job already: else this might become it.
    pub(super) fn conflict(&self, back: usize, requester: bool) {
        let index = self.earlier(back).filter(|index| self.job_of(*index).is_some());
        if let Some(index) = index {
            self.sender
                .conflict(&self.upstreams, &self.people, index, requester);
        }
    }

    pub(super) fn foreign(&self, person: usize) {
        let record = self.sender.record();
        let first = |index: &usize| record.submissions[*index].organisation == Organisation::Eupen;
        let mut newest = (0..record.submissions.len()).rev().filter(first);
        if let Some((_, job)) = newest.find_map(|index| self.job_of(index)) {
            let ssin = &self.people[person % self.people.len()];
            self.sender.foreign(&self.upstreams, ssin, &job);
        }
    }

    /// The submission that many before the last one.
    fn earlier(&self, back: usize) -> Option<usize> {
        let count = self.sender.record().submissions.len();
        count.checked_sub(1).map(|last| last.saturating_sub(back))
    }

    /// Key and job of a submission, once upstream has heard of it.
    fn job_of(&self, index: usize) -> Option<(String, String)> {
        let submitted = &self.sender.record().submissions[index];
        let seen = self.upstreams[submitted.organisation as usize].deliveries();
        let own = seen.iter().find_map(|seen| {
            let key = seen.event.idempotency_key.as_ref()?;
            (key.as_str() == submitted.key)
                .then_some(seen.event.job_id)
                .flatten()
        });
        own.map(|job| (submitted.key.clone(), job.0.to_string()))
    }

    /// The submission of a job that upstream has heard of.
    pub(super) fn submission_of(&self, job: Uuid) -> Option<usize> {
        let record = self.sender.record();
        Organisation::ALL.into_iter().find_map(|organisation| {
            let seen = self.upstreams[organisation as usize].deliveries();
            let own = seen
                .iter()
                .find(|seen| seen.event.job_id.is_some_and(|own| own.0 == job))?;
            let key = own.event.idempotency_key.as_ref()?;
            let named = |one: &Submitted| one.organisation == organisation && one.key == key.as_str();
            record.submissions.iter().position(named)
        })
    }

    /// The job that a submission is to follow: that of its organisation that many before, or, if nothing is heard of
    /// it in time, the newest of which something was.
    async fn prerequisite(&self, submission: Submission, back: usize) -> Option<(String, String)> {
        let record = self.sender.record();
        let mut own: Vec<usize> = (0..record.submissions.len())
            .filter(|index| record.submissions[*index].organisation == submission.organisation)
            .collect();
        own.reverse();
        let wanted = *own.get(back.min(own.len().checked_sub(1)?))?;
        let waited = poll_until("the id of a job", ID, async || self.job_of(wanted)).await;
        let known = || own.iter().find_map(|index| self.job_of(*index));
        waited.ok().or_else(known)
    }
}
