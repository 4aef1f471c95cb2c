//! A whole relay on private servers: settings, keys, schema, logins, a simulator, and the services.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::postgres::PostgresAccess;
use crate::rabbitmq::{RELAY, Vhost};
use crate::service::{Service, ServiceCommand};

/// The organisation of every installation.
pub const ORGANISATION: &str = "eupen-test";
/// Its upstream user at the broker.
pub const UPSTREAM_USER: &str = "eupen";
/// `requester.userId` of the submissions that [`REQUESTER`] may read.
pub const USER_ID: &str = "user-17";
/// The database login of the user who asks.
pub const REQUESTER: &str = "login_requester";
/// The database login of somebody else.
pub const OTHER: &str = "login_other";
/// The database login of a security advisor.
pub const ADVISOR: &str = "login_advisor";
/// The database login of an operator.
pub const OPERATOR: &str = "login_operator";
/// The database login of the services.
const SERVICE_LOGIN: &str = "relay_service";
/// The database with the schema, of which every installation gets a copy.
const TEMPLATE: &str = "relay_template";

/// Where the services of the classic generation are.
const CONNECTOR: &str = "connectors/webservice/KSZBCSSWebServiceConnectorPort";

const START: Duration = Duration::from_secs(60);

/// How to set an installation up.
#[derive(Debug, Clone, Default)]
pub struct InstallationOptions {
    /// More lines for `relay.toml`: whole sections, such as `[worker]`.
    pub settings: String,
    /// More lines for the organisation's file, before its services.
    pub organisation: String,
    /// More lines for the organisation's `[services.retrieve-ti-groups]`.
    pub service: String,
    /// Lines for the organisation's `[services.manage-access]`; without them that service is off.
    pub access: Option<String>,
    /// Lines for the organisation's `[services.identify-person]`; without them that service is off.
    pub identify: Option<String>,
    /// Lines for the organisation's `[services.perform-investigation]`; without them that service is off.
    pub investigation: Option<String>,
    /// Lines for the organisation's `[services.test-connection]`; without them that service is off.
    pub test_connection: Option<String>,
    /// More services by name, each with its lines.
    pub others: Vec<(String, String)>,
    /// More arguments for the simulator.
    pub simulator: Vec<String>,
}

/// A relay, of which services can be started, killed and started again.
#[derive(Debug)]
pub struct Installation {
    directory: PathBuf,
    postgres: PostgresAccess,
    database: String,
    vhost: Vhost,
    simulator: Service,
    simulator_address: SocketAddr,
}

/// Where the simulator has a service.
fn path_of(service: &str) -> &'static str {
    match service {
        "health-care-insurance" => "SOA4520/HealthCareInsuranceService/consult_01",
        "unemployment-data" => "SOA4520/UnemploymentDataService/pull",
        _ => CONNECTOR,
    }
}

/// A running service of an installation.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub service: Service,
    /// Where it serves health and metrics.
    pub address: SocketAddr,
}

impl Installation {
    /// Prepares everything in `directory` (which lies in a run directory) and starts the simulator.
    ///
    /// # Errors
    /// When a binary has not been built, or a step fails.
    pub async fn create(
        directory: &Path,
        postgres: &PostgresAccess,
        vhost: Vhost,
        options: &InstallationOptions,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(directory.join("organisations"))?;
        let password = directory.join("cbss-password");
        fs::write(&password, "simulated\n")?;
        let address_file = directory.join("simulator.address");
        let mut command = ServiceCommand::new("relay-simulator", directory)?
            .arg("--listen")
            .arg("127.0.0.1:0")
            .arg("--address-file")
            .arg(&address_file)
            .arg("--credential")
            .arg(format!("E0212344876:{}", password.display()));
        for argument in &options.simulator {
            command = command.arg(argument);
        }
        let mut simulator = command.start()?;
        let simulator_address = simulator.address(&address_file, START).await?;

        let mut installation = Self {
            directory: directory.to_owned(),
            postgres: postgres.clone(),
            database: String::new(),
            vhost,
            simulator,
            simulator_address,
        };
        installation.write_settings(options)?;
        installation
            .relayctl(&["keys", "create", path(&directory.join("keys"))?])
            .await?
            .succeeded()?;
        installation.database = installation.make_database().await?;
        installation
            .relayctl(&[
                "reader",
                "add",
                "--login",
                REQUESTER,
                "--organisation",
                ORGANISATION,
                "--user-id",
                USER_ID,
            ])
            .await?
            .succeeded()?;
        Ok(installation)
    }

    fn write_settings(&self, options: &InstallationOptions) -> anyhow::Result<()> {
        // The database's URL comes with each process: it is another one for each login.
        let relay = format!(
            "organisations_dir = \"organisations\"\n\n[database]\nurl = \"postgres://unset\"\n\n[broker]\nurl = \"{}\"\n\n\
             [vault]\nkeys_dir = \"keys\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n\n{}\n",
            self.vhost.url(RELAY),
            options.settings
        );
        fs::write(self.config(), relay)?;
        let organisation = format!(
            "environment = \"test\"\ncbe_number = \"0212344876\"\nhttp_username = \"E0212344876\"\n\
             ssdn_user_id = \"80010100136\"\nssdn_email = \"relay@example.invalid\"\n\
             http_password = {{ file = \"../cbss-password\" }}\nupstream_users = [{{ name = \"{UPSTREAM_USER}\" }}]\n{}\n\n\
             [services.retrieve-ti-groups]\n\
             endpoint = \"http://{}/SOA4520/RetrieveTIGroupsService/v2/retrieveTI\"\n{}\n{}{}{}{}{}",
            options.organisation,
            self.simulator_address,
            options.service,
            self.section("manage-access", CONNECTOR, options.access.as_deref()),
            self.section("identify-person", CONNECTOR, options.identify.as_deref()),
            self.section(
                "perform-investigation",
                CONNECTOR,
                options.investigation.as_deref()
            ),
            self.section(
                "test-connection",
                "SOA4520/TestConnectionServiceService/sendTestMessage",
                options.test_connection.as_deref()
            ),
            options
                .others
                .iter()
                .map(|(service, lines)| self.section(service, path_of(service), Some(lines)))
                .collect::<String>(),
        );
        fs::write(
            self.directory.join(format!("organisations/{ORGANISATION}.toml")),
            organisation,
        )?;
        Ok(())
    }

    /// The section of a service; nothing without lines for it.
    fn section(&self, service: &str, path: &str, lines: Option<&str>) -> String {
        let Some(lines) = lines else {
            return String::new();
        };
        format!(
            "\n[services.{service}]\n\
             endpoint = \"http://{}/{path}\"\n{lines}\n",
            self.simulator_address
        )
    }

    async fn make_database(&self) -> anyhow::Result<String> {
        self.postgres
            .ensure_template(TEMPLATE, async |url| {
                self.relayctl_at(&url, &["migrate"]).await?.succeeded()?;
                Ok(())
            })
            .await?;
        let logins = format!(
            "DO $$ DECLARE login text; BEGIN \
             FOREACH login IN ARRAY ARRAY['{SERVICE_LOGIN}', '{REQUESTER}', '{OTHER}', '{ADVISOR}', '{OPERATOR}'] LOOP \
               BEGIN EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L', login, login); \
               EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END; \
             END LOOP; END $$; \
             GRANT cbss_relay TO {SERVICE_LOGIN}; GRANT cbss_security_advisor TO {ADVISOR}; \
             GRANT cbss_operator TO {OPERATOR};"
        );
        // Roles belong to the server: two installations of a run may make and grant them at the same time.
        crate::poll_until("the logins to be made", START, async || {
            self.postgres.sql("postgres", &logins).await.ok()
        })
        .await?;
        self.postgres.database_from(TEMPLATE).await
    }

    /// The settings file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.directory.join("relay.toml")
    }

    /// The directory of settings and logs.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the simulator listens.
    #[must_use]
    pub fn simulator_address(&self) -> SocketAddr {
        self.simulator_address
    }

    /// The simulator's process.
    #[must_use]
    pub fn simulator(&self) -> &Service {
        &self.simulator
    }

    /// The broker's virtual host.
    #[must_use]
    pub fn vhost(&self) -> &Vhost {
        &self.vhost
    }

    /// The URL of the database as the server's owner.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.postgres.url(&self.database)
    }

    /// The URL of the database as a login.
    #[must_use]
    pub fn url_as(&self, login: &str) -> String {
        self.postgres.url_as(login, login, &self.database)
    }

    /// Runs SQL as the owner; returns unaligned tuples.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn sql(&self, sql: &str) -> anyhow::Result<String> {
        self.postgres.sql(&self.database, sql).await
    }

    /// A service of this installation, not started; its address goes to `<instance>.address`.
    ///
    /// # Errors
    /// When the binary has not been built.
    pub fn command(&self, name: &str, instance: &str) -> anyhow::Result<ServiceCommand> {
        let address_file = self.directory.join(format!("{instance}.address"));
        let url = self.url_as(SERVICE_LOGIN);
        Ok(ServiceCommand::new(name, &self.directory)?
            .instance(instance)
            .arg("--config")
            .arg(self.config())
            .env("CBSS_RELAY__DATABASE__URL", url)
            .env("CBSS_RELAY__HTTP__ADDRESS_FILE", address_file))
    }

    /// Starts a service and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn start(&self, name: &str, instance: &str) -> anyhow::Result<Running> {
        self.start_with(self.command(name, instance)?, instance).await
    }

    /// Starts a prepared [`command`](Self::command) and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn start_with(&self, command: ServiceCommand, instance: &str) -> anyhow::Result<Running> {
        let address_file = self.directory.join(format!("{instance}.address"));
        // What an earlier start of the same instance left.
        let _ = fs::remove_file(&address_file);
        let mut service = command.start()?;
        let address = service.address(&address_file, START).await?;
        service
            .ready(address, START)
            .await
            .with_context(|| instance.to_owned())?;
        Ok(Running { service, address })
    }

    /// Starts producer, worker and results.
    ///
    /// # Errors
    /// When one does not become ready.
    pub async fn start_all(&self) -> anyhow::Result<[Running; 3]> {
        let (producer, worker, results) = tokio::try_join!(
            self.start("relay-producer", "producer"),
            self.start("relay-worker", "worker"),
            self.start("relay-results", "results"),
        )?;
        Ok([producer, worker, results])
    }

    /// Runs `relayctl` as the owner of the database and as the upstream user of the broker.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn relayctl(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.relayctl_at(&self.owner_url(), arguments).await
    }

    /// Runs `relayctl` as a login of the database.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn relayctl_as(&self, login: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        self.relayctl_at(&self.url_as(login), arguments).await
    }

    async fn relayctl_at(&self, url: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = ServiceCommand::new("relayctl", &self.directory)?
            .arg("--config")
            .arg(self.config())
            .env("CBSS_RELAY__DATABASE__URL", url)
            .env("CBSS_RELAY__BROKER__URL", self.vhost.url(UPSTREAM_USER));
        for argument in arguments {
            command = command.arg(argument);
        }
        let output = command.run().await?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// SSINs of people whom the simulator knows.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn people(&self, limit: usize) -> anyhow::Result<Vec<String>> {
        let reply = crate::http::get(self.simulator_address, &format!("/_sim/people?limit={limit}")).await?;
        ensure!(reply.status == 200, "the simulator answered {}", reply.status);
        let people: serde_json::Value = serde_json::from_str(&reply.body)?;
        let list = people.get("people").unwrap_or(&people);
        let ssins: Vec<String> = list
            .as_array()
            .context("the simulator lists no people")?
            .iter()
            .filter_map(|person| person["ssin"].as_str().map(str::to_owned))
            .collect();
        if ssins.is_empty() {
            bail!("the simulator knows nobody");
        }
        Ok(ssins)
    }
}

/// What a command line tool said.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Itself, if the exit code is 0.
    ///
    /// # Errors
    /// With what it said, otherwise.
    pub fn succeeded(self) -> anyhow::Result<Self> {
        ensure!(
            self.code == 0,
            "relayctl ended with {}: {}{}",
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }
}

/// A submission for [`ORGANISATION`], as upstream systems send it.
#[must_use]
pub fn submission(key: &str, ssin: &str) -> serde_json::Value {
    serde_json::json!({
        "organisation": ORGANISATION,
        "idempotencyKey": key,
        "requester": { "userId": USER_ID, "reason": "file 4711" },
        "language": "de",
        "retrieveTiGroups": { "ssin": ssin, "history": true },
    })
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
