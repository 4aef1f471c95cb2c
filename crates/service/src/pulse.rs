//! The service's side of `relay_store::Pulse`: a beat every two seconds, and the last one in `state_dir`, so that a
//! service that starts before a restored database knows it as well.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use anyhow::Context as _;
use relay_runtime::Entropy;
use relay_store::{Pulse, Store};
use tokio_util::sync::CancellationToken;

const BEAT: Duration = Duration::from_secs(2);

/// What beats.
pub(crate) struct ServicePulse {
    store: Store,
    service: &'static str,
    file: Option<PulseFile>,
}

impl ServicePulse {
    /// Refuses a database that lost what this service has seen, as far as it remembers; then beats once.
    pub(crate) async fn begin(
        store: &Store,
        service: &'static str,
        state_dir: Option<&Path>,
        entropy: Entropy,
    ) -> anyhow::Result<Self> {
        let file = state_dir.map(|directory| PulseFile {
            path: directory.join(format!("{service}.pulse")),
            entropy: entropy.clone(),
        });
        let remembered = file.as_ref().map(PulseFile::read).transpose()?.flatten();
        let seen = remembered.unwrap_or_else(|| Pulse {
            instance: entropy.uuid_v4(),
            epoch: i64::MIN,
            number: 0,
        });
        let pulse = store.begin_pulse(service, seen).await?;
        let own = Self {
            store: store.clone(),
            service,
            file,
        };
        own.remember(pulse)?;
        Ok(own)
    }

    /// Beats until stopped.
    ///
    /// # Errors
    /// When the database has become older: the process must go down before it does anything there.
    pub(crate) async fn run(self, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(BEAT) => {}
            }
            match self.store.beat(self.service).await {
                Ok(pulse) => self.remember(pulse)?,
                // Readiness and gauges tell that it is away.
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn remember(&self, pulse: Pulse) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        tokio::task::block_in_place(|| file.write(pulse))
    }
}

/// `<instance> <epoch> <number>` in a file of `state_dir`.
struct PulseFile {
    path: PathBuf,
    entropy: Entropy,
}

impl PulseFile {
    fn read(&self) -> anyhow::Result<Option<Pulse>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => parse(&text).map(Some).with_context(|| {
                format!(
                    "{} (state_dir) is no pulse: remove it only if the database was not restored since this service \
                     ran last",
                    self.path.display()
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| self.path.display().to_string()),
        }
    }

    /// Written beside and renamed: a crash in between leaves the last one. The name beside is this process's own, for
    /// replicas may share a folder.
    fn write(&self, pulse: Pulse) -> anyhow::Result<()> {
        let beside = self.path.with_extension(format!("{:016x}", self.entropy.u64()));
        let written = fs::File::create(&beside).and_then(|mut file| {
            writeln!(file, "{} {} {}", pulse.instance, pulse.epoch, pulse.number)?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&beside, &self.path))
            .with_context(|| format!("cannot write {} (state_dir)", self.path.display()))
    }
}

fn parse(text: &str) -> Option<Pulse> {
    let mut words = text.split_ascii_whitespace();
    let pulse = Pulse {
        instance: words.next()?.parse().ok()?,
        epoch: words.next()?.parse().ok()?,
        number: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(pulse)
}
