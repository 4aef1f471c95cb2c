//! Services that are killed, or stopped in order, in the middle of a stream of jobs.

use std::time::Duration;

use relay_testkit::InstallationOptions;
use relay_testkit::installation::{Running, submission};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::harness::check::{self, Calls};
use crate::harness::upstream::Upstream;
use crate::harness::{FAST, LONG, Relay, SHORT_CALLS, keys};

/// Jobs of one stream.
const STREAM: usize = 100;
/// It is interrupted when about so many have ended.
const MIDDLE: usize = 30;

/// Few permits and a slow CBSS, so that there is a middle.
pub(crate) fn slow() -> InstallationOptions {
    InstallationOptions {
        settings: FAST.replace("permits = 10", "permits = 4"),
        service: SHORT_CALLS.to_owned(),
        simulator: vec!["--latency-ms".into(), "50".into()],
        ..InstallationOptions::default()
    }
}

/// Submissions that go on while things happen.
pub(crate) struct Stream {
    relay: Relay,
    upstream: std::sync::Arc<Upstream>,
    people: Vec<String>,
    keys: Vec<String>,
}

impl Stream {
    pub(crate) async fn new(relay: Relay, streams: usize) -> Self {
        let people = relay.people(streams * STREAM).await;
        let upstream = std::sync::Arc::new(relay.upstream().await);
        Self {
            relay,
            upstream,
            people,
            keys: Vec::new(),
        }
    }

    pub(crate) fn relay(&self) -> &Relay {
        &self.relay
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(crate) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Begins to submit, and waits for the middle: part of the jobs has ended, part is on its way, part is not
    /// submitted yet.
    pub(crate) async fn begin(&mut self, name: &str) -> (Vec<Value>, JoinHandle<()>) {
        let people = self.people.split_off(self.people.len() - STREAM);
        let numbered = people.iter().enumerate();
        let submissions: Vec<Value> = numbered
            .map(|(n, ssin)| submission(&format!("{name}-{n}"), ssin))
            .collect();
        let before = self.upstream.finished();
        self.keys.extend(keys(&submissions));
        let (upstream, all) = (std::sync::Arc::clone(&self.upstream), submissions.clone());
        let submitting = tokio::spawn(async move {
            for chunk in all.chunks(10) {
                upstream.insist(chunk).await;
                // The pace of the stream, faster than the CBSS.
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        });
        self.upstream.wait_finished(before + MIDDLE).await;
        (submissions, submitting)
    }

    /// Waits for the end of everything, and checks it.
    pub(crate) async fn end(&self, submitting: JoinHandle<()>, calls: Calls) {
        submitting.await.expect("submissions");
        check::all_ok_once(&self.relay, &self.upstream, &self.keys, calls).await;
    }
}

/// One of three, by its place in the order of the data.
async fn again(stream: &Stream, service: &str) -> Running {
    stream.relay.start(service).await
}

#[tokio::test]
async fn each_service_is_killed_in_the_middle_of_a_stream() {
    let mut stream = Stream::new(Relay::new(&slow()).await, 3).await;
    let mut services = stream.relay.start_all().await;
    for (place, service) in ["relay-producer", "relay-worker", "relay-results"]
        .into_iter()
        .enumerate()
    {
        let (_, submitting) = stream.begin(service).await;
        services[place].service.kill().await.expect("a killed service");
        services[place] = again(&stream, service).await;
        stream.end(submitting, Calls::OnceAndRescues).await;
    }
    let rescued = "SELECT count(*) FROM relay.attempt WHERE rescued_at IS NOT NULL";
    assert!(
        stream.relay.number(rescued).await <= 4,
        "no more than the permits of one worker"
    );
}

#[tokio::test]
async fn each_service_stops_in_order_and_nothing_is_asked_twice() {
    let mut stream = Stream::new(Relay::new(&slow()).await, 3).await;
    let mut services = stream.relay.start_all().await;
    for (place, service) in ["relay-worker", "relay-results", "relay-producer"]
        .into_iter()
        .enumerate()
    {
        let place = [1, 2, 0][place];
        let (_, submitting) = stream.begin(service).await;
        let status = services[place].service.stop(LONG).await.expect("an end in time");
        assert_eq!(status.code(), Some(0), "{service}");
        let log = services[place].service.log();
        assert!(
            log.contains("\"stopped\"") && !log.contains("did not end in time"),
            "{service}"
        );
        services[place] = again(&stream, service).await;
        stream.end(submitting, Calls::Once).await;
    }
    let lost = "SELECT count(*) FROM relay.attempt WHERE rescued_at IS NOT NULL";
    assert_eq!(
        stream.relay.number(lost).await,
        0,
        "attempts that were left behind"
    );
}
