//! The private RabbitMQ: life cycle, virtual hosts, users.

use std::collections::HashSet;

use relay_testkit::rabbitmq::{RELAY, UPSTREAM};
use relay_testkit::{RabbitMq, RabbitMqOptions};

#[tokio::test]
async fn vhosts_are_fresh_and_outlive_restarts_and_a_lost_disk() {
    let options = RabbitMqOptions {
        vhosts: 2,
        ..RabbitMqOptions::default()
    };
    let mut server = RabbitMq::start(options).await.expect("starts");
    let access = server.access().clone();
    let mut names = HashSet::new();
    for _ in 0..3 {
        let vhost = server.vhost().await.expect("hands out a virtual host");
        assert!(vhost.url(RELAY).starts_with("amqp://relay:relay@127.0.0.1:"));
        names.insert(vhost.name().to_owned());
    }
    assert_eq!(names.len(), 3, "two were prepared, one was made when asked for");

    let listed = async || -> HashSet<String> {
        let text = access
            .ctl(&["list_vhosts", "--no-table-headers"])
            .await
            .expect("lists");
        text.lines()
            .map(str::to_owned)
            .filter(|name| name != "/")
            .collect()
    };
    assert_eq!(listed().await, names);
    for user in UPSTREAM.iter().chain(&[RELAY]) {
        access
            .ctl(&["authenticate_user", user, user])
            .await
            .expect("logs in");
    }
    assert!(access.ctl(&["authenticate_user", RELAY, "wrong"]).await.is_err());

    server.stop().await.expect("stops");
    server.start_again().await.expect("starts again");
    server.kill().await.expect("dies");
    server.start_again().await.expect("recovers");
    assert_eq!(listed().await, names);

    server.wipe().await.expect("starts empty");
    assert_eq!(listed().await, names);

    let process = server.process().expect("runs");
    drop(server);
    assert!(!process.is_alive(), "a dropped server is gone");
}

#[tokio::test]
async fn two_servers_side_by_side_know_nothing_of_each_other() {
    let one = RabbitMq::start(RabbitMqOptions::default());
    let two = RabbitMq::start(RabbitMqOptions::default());
    let (one, two) = tokio::join!(one, two);
    let (one, two) = (one.expect("starts"), two.expect("starts"));
    one.access().ctl(&["add_vhost", "only-here"]).await.expect("adds");
    assert!(
        one.access()
            .ctl(&["list_vhosts"])
            .await
            .expect("lists")
            .contains("only-here")
    );
    assert!(
        !two.access()
            .ctl(&["list_vhosts"])
            .await
            .expect("lists")
            .contains("only-here")
    );
}
