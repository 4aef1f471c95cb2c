//! `relayctl catalogue`.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use relay_domain::Language;
use relay_store::{CatalogueList, Purpose, Sector};
use serde::de::DeserializeOwned;

use crate::arguments::{Reason, confirm};
use crate::failure::Failure;
use crate::table;

/// Look up the official sectors and purposes, and bring newer lists in.
#[derive(Debug, Args)]
pub(crate) struct CatalogueCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The networks that take part.
    #[command(after_help = "Example:\n  relayctl catalogue sectors --lang nl")]
    Sectors {
        #[command(flatten)]
        shown: Shown,
    },
    /// Why files are kept: the quality codes, those of every sector first.
    #[command(after_help = "Example:\n  relayctl catalogue purposes --sector 17 --lang de")]
    Purposes {
        /// Of this sector, and those of every sector.
        #[arg(long, value_parser = clap::value_parser!(i16).range(0..=999))]
        sector: Option<i16>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Replace a list by a newer one, from a CSV file. What it lacks is kept and not listed any more: changes under such a
    /// purpose are refused, a minute later at the latest.
    #[command(
        after_help = "Columns of sectors: code,subcode,abbr_nl,name_nl,abbr_fr,name_fr\n\
                      Columns of purposes: sector,code,name_fr,name_nl,name_de (no sector: of every sector)\n\n\
                      Example:\n  relayctl catalogue load purposes purposes.csv --reason \"list of the CBSS of January\""
    )]
    Load {
        /// Which list.
        list: List,
        /// The file: UTF-8, commas, the names of the columns in its first line.
        file: PathBuf,
        #[command(flatten)]
        reason: Reason,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
struct Shown {
    /// The language of the names, where there is one: nl, fr or de.
    #[arg(long, default_value = "fr", value_parser = language)]
    lang: Language,
    /// Those that are in older lists only as well.
    #[arg(long)]
    all: bool,
    /// JSON, for programs: in all languages.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum List {
    /// The networks that take part.
    Sectors,
    /// The quality codes.
    Purposes,
}

fn language(text: &str) -> Result<Language, String> {
    match Language::from_code(text) {
        Some(language @ (Language::Nl | Language::Fr | Language::De)) => Ok(language),
        Some(Language::En) | None => Err("one of nl, fr, de: the lists have no other".to_owned()),
    }
}

impl CatalogueCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        match self.action {
            Action::Sectors { shown } => {
                let mut sectors = crate::store(config)?.sectors().await?;
                sectors.retain(|sector| shown.all || sector.listed);
                if shown.json {
                    return table::json(&sectors);
                }
                print_sectors(&sectors, shown.lang);
                Ok(())
            }
            Action::Purposes { sector, shown } => {
                let mut purposes = crate::store(config)?.purposes().await?;
                purposes.retain(|purpose| {
                    (shown.all || purpose.listed)
                        && (sector.is_none() || purpose.sector.is_none() || purpose.sector == sector)
                });
                if shown.json {
                    return table::json(&purposes);
                }
                print_purposes(&purposes, shown.lang);
                Ok(())
            }
            Action::Load {
                list,
                file,
                reason,
                yes,
            } => load(config, list, &file, &reason.reason, yes).await,
        }
    }
}

async fn load(config: &Path, list: List, file: &Path, reason: &str, yes: bool) -> Result<(), Failure> {
    let (rows, list) = match list {
        List::Sectors => {
            let sectors = read::<Sector>(file, &SECTOR_COLUMNS, |sector| {
                (Some(sector.code), sector.subcode)
            })?;
            (sectors.len(), CatalogueList::Sectors(sectors))
        }
        List::Purposes => {
            let purposes = read::<Purpose>(file, &PURPOSE_COLUMNS, |purpose| (purpose.sector, purpose.code))?;
            (purposes.len(), CatalogueList::Purposes(purposes))
        }
    };
    let store = crate::store(config)?;
    confirm(
        yes,
        &format!("Replace the list by the {rows} rows of {}?", file.display()),
    )?;
    let loaded = store.load_catalogue(&list, reason).await?;
    table::line(&format!(
        "{} listed, {} known from older lists only",
        loaded.listed, loaded.unlisted
    ));
    Ok(())
}

const SECTOR_COLUMNS: [&str; 6] = ["code", "subcode", "abbr_nl", "name_nl", "abbr_fr", "name_fr"];
const PURPOSE_COLUMNS: [&str; 5] = ["sector", "code", "name_fr", "name_nl", "name_de"];

/// All rows, or the first thing that is wrong with the file, by its line.
fn read<T: DeserializeOwned>(
    file: &Path,
    columns: &[&str],
    key: impl Fn(&T) -> (Option<i16>, i16),
) -> Result<Vec<T>, Failure> {
    let shown = file.display();
    let opened = File::open(file).map_err(|error| Failure::NotFound(format!("{shown}: {error}")))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(opened);
    let found = reader
        .headers()
        .map_err(|error| Failure::Invalid(format!("{shown}: {error}")))?;
    // A column that is missing would be read as one of empty cells.
    if let Some(missing) = columns
        .iter()
        .find(|column| found.iter().all(|name| name != **column))
    {
        return Err(Failure::Invalid(format!(
            "{shown}: the column {missing} is missing"
        )));
    }
    let mut rows = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    for row in reader.deserialize::<T>() {
        let row = row.map_err(|error| Failure::Invalid(format!("{shown}: {error}")))?;
        let line = rows.len() + 2;
        let (first, second) = key(&row);
        if [first.unwrap_or(0), second]
            .iter()
            .any(|code| !(0..=999).contains(code))
        {
            return Err(Failure::Invalid(format!(
                "{shown}: row {line}: codes are 0 to 999"
            )));
        }
        if !keys.insert((first, second)) {
            return Err(Failure::Invalid(format!(
                "{shown}: row {line}: its codes are those of an earlier row"
            )));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(Failure::Invalid(format!("{shown}: no rows")));
    }
    Ok(rows)
}

fn print_sectors(sectors: &[Sector], language: Language) {
    table::print(
        &["Sector", "Short", "Name", "Listed"],
        sectors.iter().map(|sector| {
            let (short, name) = match language {
                Language::Nl => (&sector.abbr_nl, &sector.name_nl),
                Language::Fr | Language::De | Language::En => (&sector.abbr_fr, &sector.name_fr),
            };
            vec![
                format!("{}.{}", sector.code, sector.subcode),
                short.clone().unwrap_or_default(),
                name.clone().unwrap_or_default(),
                listed(sector.listed),
            ]
        }),
    );
}

fn print_purposes(purposes: &[Purpose], language: Language) {
    table::print(
        &["Sector", "Purpose", "Name", "Listed"],
        purposes.iter().map(|purpose| {
            let own = match language {
                Language::Nl => &purpose.name_nl,
                Language::De => &purpose.name_de,
                Language::Fr | Language::En => &purpose.name_fr,
            };
            vec![
                purpose
                    .sector
                    .map_or_else(|| "every".to_owned(), |sector| sector.to_string()),
                purpose.code.to_string(),
                own.as_ref()
                    .or(purpose.name_fr.as_ref())
                    .cloned()
                    .unwrap_or_default(),
                listed(purpose.listed),
            ]
        }),
    );
}

fn listed(listed: bool) -> String {
    if listed { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use relay_store::Purpose;

    use super::{PURPOSE_COLUMNS, read};
    use crate::failure::Failure;

    fn purposes(text: &str) -> Result<Vec<Purpose>, Failure> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        read::<Purpose>(file.path(), &PURPOSE_COLUMNS, |purpose| {
            (purpose.sector, purpose.code)
        })
    }

    #[test]
    fn a_list_is_read_with_its_gaps() {
        let read = purposes("sector,code,name_fr,name_nl,name_de\n,0,a,b,\n17, 2 ,c,,e\n").expect("a list");
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].sector, read[0].code), (None, 0));
        assert_eq!(read[0].name_de, None);
        assert_eq!((read[1].sector, read[1].code), (Some(17), 2));
        assert_eq!(
            (read[1].name_nl.as_deref(), read[1].name_de.as_deref()),
            (None, Some("e"))
        );
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said_with_its_line() {
        for (text, said) in [
            ("", "the column sector is missing"),
            ("sector,code,name_fr,name_nl,name_de\n", "no rows"),
            ("sector,code,name_fr,name_nl,name_de\n17,x,a,b,c\n", "line: 2"),
            ("sector,code,name_fr,name_nl\n17,1,a,b\n", "name_de"),
            ("sector,code,name_fr,name_nl,name_de,why\n17,1,a,b,c,d\n", "why"),
            ("sector,code,name_fr,name_nl,name_de\n17,1000,a,b,c\n", "row 2"),
            (
                "sector,code,name_fr,name_nl,name_de\n17,1,a,b,c\n17,1,d,e,f\n",
                "row 3",
            ),
        ] {
            let failure = purposes(text).expect_err("must be refused").to_string();
            assert!(failure.contains(said), "{text:?}: {failure}");
        }
    }
}
