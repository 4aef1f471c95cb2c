//! The private PostgreSQL: life cycle, data, templates.

use std::time::Duration;

use relay_testkit::{Postgres, PostgresOptions, poll_until};

#[tokio::test]
async fn data_survives_stop_and_kill_but_not_wipe() {
    let mut server = Postgres::start(PostgresOptions::default()).await.expect("starts");
    let access = server.access().clone();
    access.create_database("kept").await.expect("creates");
    access
        .sql("kept", "create table t (n int); insert into t values (1)")
        .await
        .expect("inserts");

    server.stop().await.expect("stops");
    assert!(
        access.sql("kept", "select 1").await.is_err(),
        "a stopped server answers nobody"
    );
    server.start_again().await.expect("starts again");
    assert_eq!(access.sql("kept", "select n from t").await.expect("reads"), "1");

    access
        .sql("kept", "insert into t values (2)")
        .await
        .expect("inserts");
    server.kill().await.expect("dies");
    server.start_again().await.expect("recovers");
    assert_eq!(
        access
            .sql("kept", "select n from t order by n")
            .await
            .expect("reads"),
        "1\n2"
    );
    assert_eq!(access.sql("kept", "show fsync").await.expect("reads"), "on");

    server.wipe().await.expect("starts empty");
    assert!(
        access.sql("kept", "select 1").await.is_err(),
        "a wiped server has no such database"
    );

    let process = server.process().expect("runs");
    drop(server);
    assert!(!process.is_alive(), "a dropped server is gone");
}

#[tokio::test]
async fn a_template_is_built_once_and_copied() {
    let server = Postgres::start(PostgresOptions::default()).await.expect("starts");
    let access = server.access();
    let build = async |url: String| {
        assert!(url.ends_with("/model_unfinished"), "{url}");
        access
            .sql(
                "model_unfinished",
                "create table t (n int); insert into t values (7)",
            )
            .await
            .map(drop)
    };
    let (first, second) = tokio::join!(
        access.ensure_template("model", build),
        access.ensure_template("model", build)
    );
    first.expect("builds");
    second.expect("finds it built");
    let one = access.database_from("model").await.expect("copies");
    let two = access.database_from("model").await.expect("copies again");
    access.sql(&one, "delete from t").await.expect("deletes");
    assert_eq!(access.sql(&two, "select n from t").await.expect("reads"), "7");
    access.drop_database(&one).await.expect("drops");
    assert!(access.create_database("Not; plain").await.is_err());
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let server = Postgres::start(PostgresOptions::default()).await.expect("starts");
    let access = server.access();
    let sql = "create role reader login password 'right'; set password_encryption = 'scram-sha-256'";
    access.sql("postgres", sql).await.expect("creates a role");
    let mut forged = serde_json::to_value(access).expect("serialises");
    forged["password"] = "wrong".into();
    let forged: relay_testkit::PostgresAccess = serde_json::from_value(forged).expect("reads");
    let refused = forged.sql("postgres", "select 1").await.expect_err("refuses");
    assert!(
        format!("{refused:#}").contains("password authentication failed"),
        "{refused:#}"
    );
}

#[tokio::test]
async fn waiting_in_vain_says_what_for() {
    let outcome = poll_until("the moon", Duration::from_millis(50), async || None::<()>).await;
    assert_eq!(
        outcome.expect_err("times out").to_string(),
        "waited 0.1 s in vain for the moon"
    );
}
