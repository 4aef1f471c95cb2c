//! The servers themselves fail in the middle of a stream.

use relay_testkit::http;
use relay_testkit::installation::Running;
use relay_testkit::{Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, shared, wait_for};

use crate::harness::check::{self, Calls};
use crate::harness::{LONG, Relay};
use crate::kill::{Stream, slow};

/// Waits until a service says which dependency it misses, or that it has all.
async fn readiness(service: &Running, wanted: Result<(), &str>) {
    let what = format!("a service whose readiness is {wanted:?}");
    wait_for(&what, LONG, async || {
        let reply = http::get(service.address, "/readyz").await.ok()?;
        let report: serde_json::Value = serde_json::from_str(&reply.body).ok()?;
        let as_wanted = match wanted {
            Ok(()) => reply.status == 200,
            Err(missing) => reply.status == 503 && report["checks"][missing]["ok"] == false,
        };
        as_wanted.then_some(())
    })
    .await;
    // Alive all the while: restarting it would not bring the dependency back.
    let health = http::get(service.address, "/healthz").await.expect("an answer");
    assert_eq!(health.status, 200);
}

#[tokio::test]
async fn the_database_is_killed_and_comes_back() {
    let mut postgres = Postgres::start(PostgresOptions::default())
        .await
        .expect("PostgreSQL");
    let vhost = shared::rabbitmq().vhost().await.expect("a virtual host");
    let mut options = slow();
    // What workers hold must be able to come in first.
    options.settings = options
        .settings
        .replace("rescue_grace_ms = 500", "rescue_grace_ms = 8000");
    let relay = Relay::on(postgres.access(), vhost, &options).await;
    let mut stream = Stream::new(relay, 1).await;
    let services = stream.relay().start_all().await;
    let (_, submitting) = stream.begin("database").await;
    postgres.kill().await.expect("a killed server");
    for service in &services {
        readiness(service, Err("database")).await;
    }
    postgres.start_again().await.expect("PostgreSQL again");
    for service in &services {
        readiness(service, Ok(())).await;
    }
    stream.end(submitting, Calls::OnceAndRescues).await;
}

/// A broker of its own goes away in the middle of a stream, by `stopping` it, and comes back.
async fn the_broker_goes_and_comes_back(
    stream: &mut Stream,
    rabbitmq: &mut RabbitMq,
    name: &str,
    stopping: impl AsyncFnOnce(&mut RabbitMq) -> anyhow::Result<()>,
) {
    let services = stream.relay().start_all().await;
    let (_, submitting) = stream.begin(name).await;
    stopping(rabbitmq).await.expect("a broker that is gone");
    for service in &services {
        readiness(service, Err("broker")).await;
    }
    rabbitmq.start_again().await.expect("RabbitMQ again");
    for service in &services {
        readiness(service, Ok(())).await;
    }
    stream.end(submitting, Calls::Once).await;
}

async fn own_broker(streams: usize) -> (RabbitMq, Stream) {
    let rabbitmq = RabbitMq::start(RabbitMqOptions::default())
        .await
        .expect("RabbitMQ");
    let vhost = rabbitmq.vhost().await.expect("a virtual host");
    let relay = Relay::on(&shared::postgres(), vhost, &slow()).await;
    (rabbitmq, Stream::new(relay, streams).await)
}

#[tokio::test]
async fn the_broker_restarts() {
    let (mut rabbitmq, mut stream) = own_broker(1).await;
    the_broker_goes_and_comes_back(&mut stream, &mut rabbitmq, "restarted", RabbitMq::stop).await;
}

#[tokio::test]
#[ignore = "RabbitMQ 3.10, killed soon after its queues were declared, sometimes comes back with one that never \
            confirms: an open question (docs/operating.md)"]
async fn the_broker_is_killed() {
    let (mut rabbitmq, mut stream) = own_broker(1).await;
    the_broker_goes_and_comes_back(&mut stream, &mut rabbitmq, "killed", RabbitMq::kill).await;
}

#[tokio::test]
async fn the_broker_loses_its_disk() {
    let (mut rabbitmq, mut stream) = own_broker(1).await;
    let _services = stream.relay().start_all().await;
    let (submissions, submitting) = stream.begin("wiped").await;
    rabbitmq.wipe().await.expect("an empty RabbitMQ");
    submitting.await.expect("submissions");
    // What had not become a job is lost with the broker; who submits again what was not answered loses nothing.
    stream.upstream().insist(&submissions).await;
    let relay = stream.relay();
    relay.wait_ended(stream.keys().len()).await;
    relay.wait_said().await;
    check::record(relay, stream.keys().len()).await;
    check::ledger(relay, Calls::Once).await;
}
