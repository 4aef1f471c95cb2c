//! The organisations of `organisations/<id>.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use relay_domain::organisation::{EventEncoding, QuotaLimits, SecretReference};
use relay_domain::{OrganisationId, OrganisationSettings, Service};
use relay_proto::Encoding;
use relay_runtime::Secret;
use relay_store::{Lane, QuotaSetting};

/// All organisations that this installation serves.
#[derive(Clone, Debug, Default)]
pub struct Organisations(BTreeMap<OrganisationId, Organisation>);

/// One of them.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// What its file says.
    pub settings: OrganisationSettings,
    /// Where relative paths of the file begin.
    folder: PathBuf,
}

impl Organisations {
    /// Reads every `*.toml` of a folder.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let entries = fs::read_dir(folder)
            .with_context(|| format!("cannot read the organisations in {}", folder.display()))?
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("cannot read the organisations in {}", folder.display()))?;
        let mut organisations = BTreeMap::new();
        for path in entries.into_iter().map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let id = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            let id =
                OrganisationId::parse(id).with_context(|| format!("{}: the file's name", path.display()))?;
            organisations.insert(id, Organisation::read(&path)?);
        }
        if organisations.is_empty() {
            bail!(
                "{}: there is no organisation (<id>.toml) in this folder",
                folder.display()
            );
        }
        Ok(Self(organisations))
    }

    /// The organisation of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Organisation> {
        OrganisationId::parse(id).ok().and_then(|id| self.0.get(&id))
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&OrganisationId, &Organisation)> {
        self.0.iter()
    }

    /// The limits that the files set.
    #[must_use]
    pub fn quotas(&self) -> Vec<QuotaSetting> {
        let setting =
            |id: &OrganisationId, organisation: &Organisation, service: &str, limits: QuotaLimits| {
                QuotaSetting {
                    environment: organisation.settings.environment,
                    organisation: id.as_str().to_owned(),
                    service: service.to_owned(),
                    rate: limits.requests_per_second,
                    burst: limits.burst.into(),
                    concurrent: limits
                        .concurrent_requests
                        .map(|concurrent| i32::try_from(concurrent).unwrap_or(i32::MAX)),
                }
            };
        let mut quotas = Vec::new();
        for (id, organisation) in &self.0 {
            if let Some(limits) = organisation.settings.quota {
                quotas.push(setting(id, organisation, "*", limits));
            }
            for (service, own) in &organisation.settings.services {
                if let Some(limits) = own.quota {
                    quotas.push(setting(id, organisation, service.as_str(), limits));
                }
            }
        }
        quotas
    }

    /// Every lane: each service that an organisation is entitled to.
    #[must_use]
    pub fn lanes(&self) -> Vec<Lane> {
        let lane = |id: &OrganisationId, organisation: &Organisation, service| Lane {
            environment: organisation.settings.environment,
            organisation: id.as_str().to_owned(),
            service,
        };
        self.0
            .iter()
            .flat_map(|(id, organisation)| {
                Service::ALL
                    .into_iter()
                    .filter(|service| organisation.settings.service(*service).is_some())
                    .map(move |service| lane(id, organisation, service))
            })
            .collect()
    }
}

impl Organisation {
    /// Reads one file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let settings: OrganisationSettings = relay_runtime::settings::load_file(path)?;
        let problems = settings.problems();
        if !problems.is_empty() {
            bail!("{}: {}", path.display(), problems.join("; "));
        }
        Ok(Self {
            settings,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        })
    }

    /// How its events are encoded.
    #[must_use]
    pub fn event_encoding(&self) -> Encoding {
        match self.settings.event_encoding {
            EventEncoding::Json => Encoding::Json,
            EventEncoding::Protobuf => Encoding::Protobuf,
        }
    }

    /// The password for basic authentication, read from where the settings say.
    pub fn http_password(&self) -> anyhow::Result<Secret> {
        match &self.settings.http_password {
            SecretReference::File(path) => {
                // Relative to the organisation's file, as settings::load_file made it.
                let text =
                    fs::read_to_string(path).with_context(|| format!("http_password: {}", path.display()))?;
                Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
            }
            SecretReference::Env(name) => {
                let value =
                    std::env::var(name).with_context(|| format!("http_password: the variable {name}"))?;
                Ok(Secret::new(value))
            }
        }
    }

    /// Can everything be read that the settings name?
    pub fn check_files(&self) -> anyhow::Result<()> {
        self.http_password()?;
        let (certificate, roots) = (
            &self.settings.client_certificate,
            &self.settings.extra_root_certificates,
        );
        for (key, path) in [
            ("client_certificate", certificate),
            ("extra_root_certificates", roots),
        ] {
            if let Some(path) = path {
                let path = self.file(path);
                fs::read(&path).with_context(|| format!("{key}: {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// A file that the settings name, relative to theirs.
    #[must_use]
    pub fn file(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
