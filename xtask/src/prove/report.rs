//! Figures beside their bounds, for people and for programs.

use std::fs;

use anyhow::Context;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

use super::stage::Stage;

/// What a figure must keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// Itself or less.
    AtMost(f64),
    /// Itself or more.
    AtLeast(f64),
}

/// One figure.
#[derive(Debug)]
pub(crate) struct Figure {
    what: String,
    value: Value,
    shown: String,
    bound: Option<Bound>,
}

/// The figures of one case.
#[derive(Debug)]
pub(crate) struct Row {
    case: String,
    figures: Vec<Figure>,
}

/// Cases that have the same figures.
struct Section {
    title: String,
    rows: Vec<Row>,
}

/// Everything that was found.
pub(crate) struct Proof {
    servers: String,
    load: [String; 2],
    sections: Vec<Section>,
}

impl Figure {
    /// A number with so many digits after the point.
    pub(crate) fn new(what: impl Into<String>, value: f64, digits: usize) -> Self {
        Self {
            what: what.into(),
            value: json!(value),
            shown: format!("{value:.digits$}"),
            bound: None,
        }
    }

    /// How many.
    pub(crate) fn count(what: impl Into<String>, value: usize) -> Self {
        Self {
            what: what.into(),
            value: json!(value),
            shown: value.to_string(),
            bound: None,
        }
    }

    /// Words, which have no bound.
    pub(crate) fn text(what: impl Into<String>, value: String) -> Self {
        Self {
            what: what.into(),
            value: json!(value),
            shown: value,
            bound: None,
        }
    }

    /// With an upper bound.
    pub(crate) fn at_most(mut self, bound: f64) -> Self {
        self.bound = Some(Bound::AtMost(bound));
        self
    }

    /// With a lower bound.
    pub(crate) fn at_least(mut self, bound: f64) -> Self {
        self.bound = Some(Bound::AtLeast(bound));
        self
    }

    fn holds(&self) -> bool {
        let value = self.value.as_f64();
        match self.bound {
            None => true,
            Some(Bound::AtMost(bound)) => value.is_some_and(|value| value <= bound),
            Some(Bound::AtLeast(bound)) => value.is_some_and(|value| value >= bound),
        }
    }

    fn cell(&self) -> String {
        let text = match self.bound {
            None => self.shown.clone(),
            Some(Bound::AtMost(bound)) => format!("{} ≤ {}", self.shown, short(bound)),
            Some(Bound::AtLeast(bound)) => format!("{} ≥ {}", self.shown, short(bound)),
        };
        if self.holds() {
            text
        } else {
            format!("BROKEN: {text}")
        }
    }

    fn json(&self) -> Value {
        let mut figure = json!({"what": self.what, "value": self.value});
        match self.bound {
            None => return figure,
            Some(Bound::AtMost(bound)) => figure["at_most"] = json!(bound),
            Some(Bound::AtLeast(bound)) => figure["at_least"] = json!(bound),
        }
        figure["holds"] = json!(self.holds());
        figure
    }
}

/// A bound with the digits that it has.
fn short(bound: f64) -> String {
    let text = format!("{bound:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Row {
    pub(crate) fn new(case: impl Into<String>, figures: Vec<Figure>) -> Self {
        Self {
            case: case.into(),
            figures,
        }
    }

    /// One line.
    pub(crate) fn in_short(&self) -> String {
        let figures: Vec<String> = self
            .figures
            .iter()
            .map(|figure| format!("{} {}", figure.what, figure.cell()))
            .collect();
        format!("{}: {}", self.case, figures.join(", "))
    }
}

impl Proof {
    pub(crate) fn new(stage: &Stage) -> anyhow::Result<Self> {
        Ok(Self {
            servers: stage.servers(),
            load: [load_average()?, String::new()],
            sections: Vec::new(),
        })
    }

    /// A table; without rows it is left out.
    pub(crate) fn add(&mut self, title: &str, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.sections.push(Section {
                title: title.to_owned(),
                rows,
            });
        }
    }

    /// Nothing is measured any more.
    pub(crate) fn end(&mut self) -> anyhow::Result<()> {
        self.load[1] = load_average()?;
        Ok(())
    }

    /// How many bounds are broken, and how many there are.
    pub(crate) fn broken(&self) -> (usize, usize) {
        let rows = self.sections.iter().flat_map(|section| &section.rows);
        let bounded = rows
            .flat_map(|row| &row.figures)
            .filter(|figure| figure.bound.is_some());
        let holds: Vec<bool> = bounded.map(Figure::holds).collect();
        (holds.iter().filter(|holds| !**holds).count(), holds.len())
    }

    /// Tables and a verdict.
    pub(crate) fn print(&self) {
        let [before, after] = &self.load;
        println!("\n{}; load average {before} before, {after} after", self.servers);
        for section in &self.sections {
            println!("\n{}\n{}", section.title, section.table());
        }
        let (broken, all) = self.broken();
        let verdict = if broken == 0 {
            format!("holds: all {all} bounds")
        } else {
            format!("BROKEN: {broken} of {all} bounds")
        };
        println!("\n{verdict}");
    }

    /// One object.
    pub(crate) fn print_json(&self) -> anyhow::Result<()> {
        let (broken, all) = self.broken();
        let sections: Vec<Value> = self.sections.iter().map(Section::json).collect();
        let [before, after] = &self.load;
        let report = json!({
            "servers": self.servers, "load_average_before": before, "load_average_after": after,
            "sections": sections, "bounds": all, "broken": broken, "holds": broken == 0,
        });
        let text = serde_json::to_string_pretty(&report).context("writing JSON")?;
        println!("{text}");
        Ok(())
    }
}

impl Section {
    fn table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic);
        if table.width().is_none() {
            table.set_width(150);
        }
        let columns = self.rows.first().into_iter().flat_map(|row| &row.figures);
        let columns = columns.map(|figure| figure.what.clone());
        let header: Vec<String> = std::iter::once("case".to_owned()).chain(columns).collect();
        table.set_header(header);
        for row in &self.rows {
            let cells = row.figures.iter().map(Figure::cell);
            table.add_row(std::iter::once(row.case.clone()).chain(cells).collect::<Vec<_>>());
        }
        table
    }

    fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let figures: Vec<Value> = row.figures.iter().map(Figure::json).collect();
            json!({"case": row.case, "figures": figures})
        });
        json!({"title": self.title, "rows": rows.collect::<Vec<_>>()})
    }
}

/// Of the last minute: what else the machine does disturbs.
fn load_average() -> anyhow::Result<String> {
    let text = fs::read_to_string("/proc/loadavg").context("reading /proc/loadavg")?;
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Figure, short};

    #[test]
    fn a_bound_is_part_of_what_it_allows() {
        assert!(Figure::count("calls", 7).at_most(7.0).holds());
        assert!(!Figure::count("calls", 8).at_most(7.0).holds());
        assert!(Figure::new("rate", 95.0, 1).at_least(95.0).holds());
        assert!(!Figure::new("rate", f64::NAN, 1).at_least(95.0).holds());
        assert!(!Figure::text("steps", "1 2".to_owned()).at_most(1.0).holds());
        assert_eq!(Figure::count("calls", 8).at_most(7.0).cell(), "BROKEN: 8 ≤ 7");
        assert_eq!(
            (short(4.1), short(7.0), short(10.0)),
            ("4.1".into(), "7".into(), "10".into())
        );
    }
}
