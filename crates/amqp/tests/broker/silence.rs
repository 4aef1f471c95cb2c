//! A broker that keeps a connection alive and confirms nothing on it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use relay_amqp::{Broker, BrokerOptions, Jitter, PublishOutcome, Queue};
use relay_testkit::rabbitmq::RELAY;
use relay_testkit::{shared, wait_for};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::parts::{LONG, Running, drain, queues, to};

/// AMQP 0-9-1, 4.2.3: type, channel, size; behind the payload an end octet.
const FRAME_HEAD: usize = 7;
/// `basic.ack` and `basic.nack` of the class `basic`.
const CONFIRMS: [[u8; 4]; 2] = [[0, 60, 0, 80], [0, 60, 0, 120]];

/// Stands between publisher and broker. On its first connection the broker's confirms are swallowed.
struct Swallowing {
    address: SocketAddr,
    connections: Arc<AtomicU32>,
}

impl Swallowing {
    async fn before(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
                let server = TcpStream::connect(broker).await.expect("the broker");
                let (mut from_client, to_client) = client.into_split();
                let (from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
                tokio::spawn(frames(from_server, to_client, first));
            }
        });
        Self { address, connections }
    }
}

/// Hands on what the broker says, its confirms perhaps left out.
async fn frames(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, swallow: bool) -> std::io::Result<()> {
    loop {
        let mut head = [0; FRAME_HEAD];
        from.read_exact(&mut head).await?;
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut rest = vec![0; usize::try_from(size).expect("a size") + 1];
        from.read_exact(&mut rest).await?;
        let method = head[0] == 1;
        if swallow && method && CONFIRMS.iter().any(|confirm| rest.starts_with(confirm)) {
            continue;
        }
        to.write_all(&head).await?;
        to.write_all(&rest).await?;
    }
}

#[tokio::test]
async fn a_connection_without_confirms_is_left_for_a_new_one() {
    let vhost = shared::rabbitmq().vhost().await.expect("a virtual host");
    let url = vhost.url(RELAY);
    let (scheme, rest) = url.rsplit_once('@').expect("a login");
    let (host, path) = rest.split_once('/').expect("a path");
    let broker_address = host.parse().expect("an address");
    let between = Swallowing::before(broker_address).await;
    let topology = queues([Queue::quorum("q", 5)]);
    let through = format!("{scheme}@{}/{path}", between.address);
    let mut options = BrokerOptions::new(&through, "test", Jitter::new(|| 0.5)).expect("a good URL");
    options.reconnect_min = Duration::from_millis(20);
    options.confirm_timeout = Duration::from_millis(700);
    let broker = Broker::new(options, topology);
    let running = Running::start(&broker);

    for id in 0..2 {
        let outcomes = running.publisher.publish_batch(&[to("q", id)]).await;
        assert!(matches!(outcomes[..], [PublishOutcome::Lost(_)]), "{outcomes:?}");
    }
    // Nobody knows of these two; a third batch goes out on a connection that works.
    wait_for("a new connection", LONG, async || {
        (between.connections.load(Ordering::SeqCst) > 1).then_some(())
    })
    .await;
    wait_for("a confirm", LONG, async || {
        let outcomes = running.publisher.publish_batch(&[to("q", 2)]).await;
        outcomes[0].is_confirmed().then_some(())
    })
    .await;
    let direct = crate::parts::broker_at(&url, queues([Queue::quorum("q", 5)]));
    let ids = drain(&direct, &running, "q", 3).await;
    assert_eq!(ids[..2], [0, 1], "they had arrived all the same");
}
