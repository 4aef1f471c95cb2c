//! `relayctl reader`.

use std::path::Path;

use clap::{Args, Subcommand};
use relay_domain::OrganisationId;

use crate::failure::Failure;
use crate::table;

/// Say which upstream user a login of the database is.
#[derive(Debug, Args)]
pub(crate) struct ReaderCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Let a login read what a user of an organisation has asked for.
    #[command(
        after_help = "Example:\n  relayctl reader add --login user17 --organisation eupen-test --user-id user-17"
    )]
    Add {
        /// The login (role) of the database server.
        #[arg(long)]
        login: String,
        /// The organisation.
        #[arg(long)]
        organisation: String,
        /// `requester.userId` of that organisation's submissions.
        #[arg(long)]
        user_id: String,
    },
}

impl ReaderCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let Action::Add {
            login,
            organisation,
            user_id,
        } = self.action;
        OrganisationId::parse(&organisation)
            .map_err(|error| Failure::Invalid(format!("--organisation: {error}")))?;
        crate::store(config)?
            .add_reader(&login, &organisation, &user_id)
            .await?;
        table::line(&format!(
            "{login} may read what that user of {organisation} has asked for"
        ));
        Ok(())
    }
}
