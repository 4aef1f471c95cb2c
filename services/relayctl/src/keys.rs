//! `relayctl keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use relay_runtime::Entropy;

use crate::failure::Failure;
use crate::table;

/// Make keys.
#[derive(Debug, Args)]
pub(crate) struct KeysCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a directory with a sealing key and a hash key. Existing keys are never overwritten: without
    /// them, what was sealed is lost.
    #[command(after_help = "Example:\n  relayctl keys create /etc/cbss-relay/keys")]
    Create {
        /// Where to.
        directory: PathBuf,
    },
}

impl KeysCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Action::Create { directory } = self.action;
        let entropy = Entropy::system();
        let files = relay_vault::create_keys(&directory, |buffer| entropy.fill(buffer))
            .map_err(|error| Failure::Invalid(error.to_string()))?;
        for file in files {
            table::line(&format!("made {}", file.display()));
        }
        table::line("keep a copy in a safe place: without these keys, what was sealed cannot be read");
        Ok(())
    }
}
