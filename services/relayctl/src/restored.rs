//! `relayctl restored`.

use std::path::Path;

use clap::Args;

use crate::arguments::{self, Reason};
use crate::failure::Failure;
use crate::table;

/// Tell the relay that its database was restored to an older state, before its services start. Open changes become
/// uncertain: they may have been made in the time that is lost.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  relayctl restored --reason \"restored to 03:00 after the disk failed\" --yes"
)]
pub(crate) struct RestoredCommand {
    #[command(flatten)]
    reason: Reason,
    /// Go without asking.
    #[arg(long)]
    yes: bool,
}

impl RestoredCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        arguments::confirm(
            self.yes,
            "Open changes become uncertain. Was the database restored, and are the services stopped?",
        )?;
        let restored = crate::store(config)?.restored(&self.reason.reason).await?;
        table::line(&format!(
            "epoch {}; changes that became uncertain: {} (relayctl dead list); questions released again: {}",
            restored.epoch, restored.uncertain, restored.released
        ));
        Ok(())
    }
}
