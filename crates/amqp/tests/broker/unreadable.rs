//! A message that the client library cannot read: RabbitMQ does not check that texts are UTF-8.

use std::collections::BTreeSet;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use relay_amqp::{Consumer, Decision, Queue};
use relay_testkit::rabbitmq::RELAY;
use relay_testkit::{shared, wait_for};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::parts::{LONG, Reader, Running, broker_at, id, queues, read};

/// Deliveries of the unreadable message before it is dead-lettered.
const LIMIT: u32 = 3;

#[tokio::test]
async fn a_message_with_malformed_properties_is_dead_lettered_and_takes_no_other_with_it() {
    let access = shared::rabbitmq();
    let vhost = access.vhost().await.expect("a virtual host");
    let topology = queues([
        Queue::quorum("in", LIMIT).dead_letter_to("dead"),
        Queue::quorum("dead", 1000),
    ]);
    let broker = broker_at(&vhost.url(RELAY), topology);
    broker.declare().await.expect("declared");
    let running = Running::start(&broker);
    running.put("in", 0..30).await;
    publish_raw(access.port(), vhost.name(), "in", b"\xff\xfe")
        .await
        .expect("published");
    running.put("in", 30..60).await;

    let mut reader = read(&broker, &running, Consumer::new("in", 20));
    assert_eq!(settle_until(&mut reader, 60).await, (0..60).collect());

    // One at a time for as many as the prefetch; then as before.
    running.put("in", 60..90).await;
    assert_eq!(settle_until(&mut reader, 30).await, (60..90).collect());
    running.put("in", 90..110).await;
    let held = reader.take(20).await;
    reader.finish(held).await;

    // No client of this library can take it from there; count it.
    let url = vhost.url(RELAY);
    let connection = lapin::Connection::connect(&url, lapin::ConnectionProperties::default()).await;
    let channel = connection
        .expect("connected")
        .create_channel()
        .await
        .expect("a channel");
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    wait_for("the dead letter", LONG, async || {
        let queue = channel
            .queue_declare("dead".into(), passive, FieldTable::default())
            .await;
        (queue.expect("declared").message_count() == 1).then_some(())
    })
    .await;
}

/// Settles what comes until there were this many different ones.
async fn settle_until(reader: &mut Reader, count: usize) -> BTreeSet<u32> {
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        let held = reader.take(1).await;
        ids.extend(held.iter().map(|held| id(&held.delivery)));
        let done = held
            .into_iter()
            .map(|held| (held.token, Decision::Done(Vec::new())))
            .collect();
        reader.settler.settle(done).await;
    }
    ids
}

/// Publishes one message with these bytes as its message id, frame by frame: no client library would.
async fn publish_raw(port: u16, vhost: &str, queue: &str, message_id: &[u8]) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
    read_frame(&mut stream).await?;
    let login = format!("\0{RELAY}\0{RELAY}");
    let mut start_ok = method(10, 11);
    start_ok.extend(0u32.to_be_bytes());
    start_ok.extend(short(b"PLAIN"));
    start_ok.extend(u32::try_from(login.len()).expect("short").to_be_bytes());
    start_ok.extend(login.as_bytes());
    start_ok.extend(short(b"en_US"));
    write_frame(&mut stream, 1, 0, &start_ok).await?;
    read_frame(&mut stream).await?;
    // tune-ok: 100 channels, frames of 131,072 bytes, no heartbeat.
    let tune_ok = [method(10, 31), vec![0, 100, 0, 2, 0, 0, 0, 0]].concat();
    write_frame(&mut stream, 1, 0, &tune_ok).await?;
    let open = [method(10, 40), short(vhost.as_bytes()), short(b""), vec![0]].concat();
    write_frame(&mut stream, 1, 0, &open).await?;
    read_frame(&mut stream).await?;
    write_frame(&mut stream, 1, 1, &[method(20, 10), short(b"")].concat()).await?;
    read_frame(&mut stream).await?;

    let publish = [
        method(60, 40),
        vec![0, 0],
        short(b""),
        short(queue.as_bytes()),
        vec![0],
    ]
    .concat();
    write_frame(&mut stream, 1, 1, &publish).await?;
    // Class 60, weight 0, a body of one byte; present are delivery mode (bit 12) and message id (bit 7).
    let header = [
        vec![0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0x80, 2],
        short(message_id),
    ]
    .concat();
    write_frame(&mut stream, 2, 1, &header).await?;
    write_frame(&mut stream, 3, 1, b"0").await?;
    // The answer to channel.close comes after the publish is processed.
    let close = [method(20, 40), vec![0, 200], short(b""), vec![0, 0, 0, 0]].concat();
    write_frame(&mut stream, 1, 1, &close).await?;
    read_frame(&mut stream).await
}

fn method(class: u16, method: u16) -> Vec<u8> {
    [class.to_be_bytes(), method.to_be_bytes()].concat()
}

fn short(text: &[u8]) -> Vec<u8> {
    [&[u8::try_from(text.len()).expect("short")], text].concat()
}

async fn write_frame(stream: &mut TcpStream, kind: u8, channel: u16, payload: &[u8]) -> std::io::Result<()> {
    stream.write_u8(kind).await?;
    stream.write_u16(channel).await?;
    stream
        .write_u32(u32::try_from(payload.len()).expect("short"))
        .await?;
    stream.write_all(payload).await?;
    stream.write_u8(0xCE).await
}

async fn read_frame(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 3]).await?;
    let length = stream.read_u32().await?;
    let mut rest = vec![0; length as usize + 1];
    stream.read_exact(&mut rest).await.map(drop)
}
