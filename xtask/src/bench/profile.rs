//! Which statements take the database's time (pg_stat_statements).

use relay_testkit::PostgresAccess;

/// For postgresql.conf.
pub(crate) const SETTING: [&str; 2] = ["shared_preload_libraries", "'pg_stat_statements'"];

/// Starts counting from nothing.
pub(crate) async fn reset(postgres: &PostgresAccess, database: &str) -> anyhow::Result<()> {
    let sql = "create extension if not exists pg_stat_statements; select pg_stat_statements_reset()";
    postgres.sql(database, sql).await.map(drop)
}

/// The dearest statements, a line each.
pub(crate) async fn read(
    postgres: &PostgresAccess,
    database: &str,
    jobs: u32,
) -> anyhow::Result<Vec<String>> {
    let sql = format!(
        "select format('%8s ms/job %8s calls %9s rows %8s ms/call  %s',
                       round((total_exec_time / {jobs})::numeric, 4), calls, rows, round(mean_exec_time::numeric, 3),
                       left(regexp_replace(query, '\\s+', ' ', 'g'), 110))
         from pg_stat_statements
         where dbid = (select oid from pg_database where datname = current_database())
         order by total_exec_time desc limit 20"
    );
    let text = postgres.sql(database, &sql).await?;
    Ok(text.lines().map(str::to_owned).collect())
}
