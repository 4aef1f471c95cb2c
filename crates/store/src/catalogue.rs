//! The official sectors and purposes.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError};

/// A network that takes part in the CBSS's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    /// In the primary network, 0 to 999.
    pub code: i16,
    /// In the secondary network, 0 to 999.
    pub subcode: i16,
    /// Short, in Dutch.
    pub abbr_nl: Option<String>,
    /// In Dutch.
    pub name_nl: Option<String>,
    /// Short, in French.
    pub abbr_fr: Option<String>,
    /// In French.
    pub name_fr: Option<String>,
    /// Is it in the newest list?
    #[serde(skip_deserializing)]
    pub listed: bool,
}

/// Why a file is kept on a person: a quality code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// The primary network that uses it; of every sector where there is none.
    pub sector: Option<i16>,
    /// 0 to 999.
    pub code: i16,
    /// In French.
    pub name_fr: Option<String>,
    /// In Dutch.
    pub name_nl: Option<String>,
    /// In German.
    pub name_de: Option<String>,
    /// Is it in the newest list?
    #[serde(skip_deserializing)]
    pub listed: bool,
}

/// A list that can be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogueList {
    /// All sectors.
    Sectors(Vec<Sector>),
    /// All purposes.
    Purposes(Vec<Purpose>),
}

impl CatalogueList {
    fn name(&self) -> &'static str {
        match self {
            Self::Sectors(_) => "sectors",
            Self::Purposes(_) => "purposes",
        }
    }

    fn rows(&self) -> serde_json::Result<serde_json::Value> {
        match self {
            Self::Sectors(rows) => serde_json::to_value(rows),
            Self::Purposes(rows) => serde_json::to_value(rows),
        }
    }
}

/// How many rows a list has after it was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// In the newest list.
    pub listed: i64,
    /// Known from older lists only.
    pub unlisted: i64,
}

impl Store {
    /// The sectors, by code.
    pub async fn sectors(&self) -> Result<Vec<Sector>, StoreError> {
        sqlx::query_as!(
            Sector,
            "SELECT code, subcode, abbr_nl, name_nl, abbr_fr, name_fr, listed FROM relay.sector ORDER BY code, subcode"
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the sectors", source))
    }

    /// The purposes, by sector and code, those of every sector first.
    pub async fn purposes(&self) -> Result<Vec<Purpose>, StoreError> {
        sqlx::query_as!(
            Purpose,
            r#"SELECT sector, code, name_fr, name_nl, name_de, listed FROM relay.purpose
               ORDER BY sector NULLS FIRST, code"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the purposes", source))
    }

    /// Replaces a list, as an operator: what it lacks stays and is unlisted.
    pub async fn load_catalogue(&self, list: &CatalogueList, reason: &str) -> Result<Loaded, StoreError> {
        let rows = list
            .rows()
            .map_err(|_| StoreError::Shape { place: "catalogue" })?;
        sqlx::query_as!(
            Loaded,
            r#"SELECT listed AS "listed!", unlisted AS "unlisted!" FROM cbss_api.load_catalogue($1, $2, $3)"#,
            list.name(),
            rows,
            &self.sealed_reason(list.name().as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("replacing a list of the catalogue", source))
    }
}
