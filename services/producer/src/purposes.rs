//! The purposes that a request may name. The CBSS would refuse others, a call later.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use relay_service::hold::every;
use relay_store::{Purpose, Store, StoreError};
use tokio_util::sync::CancellationToken;

/// How old the view of the catalogue may be.
const LOOK: Duration = Duration::from_secs(60);

/// The purposes of the catalogue. Clones share them.
#[derive(Clone)]
pub(crate) struct Purposes {
    store: Store,
    listed: Arc<RwLock<Listed>>,
}

/// Sector (none: every sector) and code of each that is listed.
type Listed = BTreeSet<(Option<u16>, u16)>;

impl Purposes {
    /// With the catalogue as it is now.
    pub(crate) async fn load(store: Store) -> Result<Self, StoreError> {
        let purposes = Self {
            store,
            listed: Arc::default(),
        };
        purposes.look().await?;
        Ok(purposes)
    }

    /// Keeps up with the catalogue until stopped.
    pub(crate) async fn watch(self, stop: CancellationToken) -> Result<(), StoreError> {
        every(LOOK, &stop, || self.look()).await
    }

    async fn look(&self) -> Result<(), StoreError> {
        let listed = listed(&self.store.purposes().await?);
        *self.listed.write().unwrap_or_else(PoisonError::into_inner) = listed;
        Ok(())
    }

    /// Is it a purpose of the sector, or of every one? Of a sector without a list of its own nothing is known.
    pub(crate) fn has(&self, sector: u16, purpose: u16) -> bool {
        has(
            &self.listed.read().unwrap_or_else(PoisonError::into_inner),
            sector,
            purpose,
        )
    }
}

fn listed(purposes: &[Purpose]) -> Listed {
    let number = |code: i16| u16::try_from(code).ok();
    purposes
        .iter()
        .filter(|purpose| purpose.listed)
        .filter_map(|purpose| Some((purpose.sector.and_then(number), number(purpose.code)?)))
        .collect()
}

fn has(listed: &Listed, sector: u16, purpose: u16) -> bool {
    let mut own = listed.range((Some(sector), 0)..=(Some(sector), u16::MAX));
    own.next().is_none() || listed.contains(&(Some(sector), purpose)) || listed.contains(&(None, purpose))
}

#[cfg(test)]
mod tests {
    use relay_store::Purpose;

    use super::{has, listed};

    fn purpose(sector: Option<i16>, code: i16, listed: bool) -> Purpose {
        Purpose {
            sector,
            code,
            name_fr: None,
            name_nl: None,
            name_de: None,
            listed,
        }
    }

    #[test]
    fn a_purpose_is_of_the_sector_or_of_every_one_and_in_the_newest_list() {
        let listed = listed(&[
            purpose(None, 902, true),
            purpose(Some(17), 1, true),
            purpose(Some(17), 3, false),
            purpose(Some(19), 2, true),
        ]);
        for (sector, purpose, good) in [
            (17, 1, true),
            (17, 902, true),
            // Of another sector; not listed any more; unheard of.
            (17, 2, false),
            (17, 3, false),
            (17, 555, false),
            // Nobody has told us the purposes of this one.
            (33, 555, true),
        ] {
            assert_eq!(has(&listed, sector, purpose), good, "{purpose} of {sector}");
        }
    }
}
