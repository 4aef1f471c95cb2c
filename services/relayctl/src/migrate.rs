//! `relayctl migrate`.

use std::path::Path;

use crate::failure::Failure;
use crate::table;

/// Brings the schema up to date, as the login of the settings: an owner, not the services' login.
pub(crate) async fn run(config: &Path) -> Result<(), Failure> {
    let applied = crate::store(config)?.migrate().await?;
    table::line(&format!("the schema is up to date: {applied} migrations"));
    Ok(())
}
