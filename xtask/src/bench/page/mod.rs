//! Reports for people: HTML and Markdown, from the same view of the figures.

use anyhow::Result;
use askama::Template;

use self::table::{Cell, Table};
use super::report::{Comparison, Evaluation, Measure, Report, Section, Topic};

mod headlines;
mod plot;
mod scale;
mod style;
mod table;
mod text;
pub(super) mod units;

/// A report as a web page that needs nothing else.
#[derive(Template)]
#[template(path = "report.html")]
struct Html<'r> {
    view: &'r View<'r>,
}

/// A report as Markdown; its plots are files beside it.
#[derive(Template)]
#[template(path = "report.md", escape = "none")]
struct Markdown<'r> {
    view: &'r View<'r>,
}

/// What both show.
pub(super) struct View<'r> {
    title: String,
    evaluations: &'r [Evaluation],
    headlines: Table,
    facts: Table,
    changes: Vec<(&'r Evaluation, &'r Comparison, Table)>,
    /// Empty if nothing was checked.
    checks: Table,
    sections: Vec<SectionView>,
}

struct SectionView {
    title: &'static str,
    explanation: &'static str,
    /// What each filesystem did, in words, or why it did not.
    findings: Vec<Finding>,
    measures: Vec<MeasureView>,
    /// The space taken on each filesystem.
    space: Vec<(String, Table)>,
}

struct Finding {
    label: String,
    text: String,
}

struct MeasureView {
    title: &'static str,
    panels: Vec<Panel>,
}

/// One measure of one filesystem.
struct Panel {
    label: String,
    /// What the plot shows, for those who do not see it.
    alternative: String,
    svg: String,
    /// The plot's name as a file.
    file: String,
    table: Table,
}

impl<'r> View<'r> {
    pub(super) fn new(report: &'r Report) -> Result<Self> {
        let evaluations = &report.evaluations[..];
        let labels: Vec<_> = evaluations.iter().map(|one| one.label.as_str()).collect();
        let measured = |topic: &Topic| evaluations.iter().any(|one| one.section(*topic).is_some());
        let sections = Topic::ALL.into_iter().filter(measured);
        let sections = sections.map(|topic| section(topic, evaluations));
        Ok(Self {
            title: format!("What cloning costs: {}", labels.join(", ")),
            evaluations,
            headlines: headlines::table(evaluations),
            facts: facts(evaluations),
            changes: evaluations
                .iter()
                .filter_map(|one| Some((one, one.comparison.as_ref()?)))
                .map(|(one, comparison)| (one, comparison, table::of_changes(comparison)))
                .collect(),
            checks: table::of_checks(evaluations),
            sections: sections.collect::<Result<_>>()?,
        })
    }

    fn has_checks(&self) -> bool {
        !self.checks.rows.is_empty()
    }

    pub(super) fn html(&self) -> Result<String> {
        Ok(Html { view: self }.render()?)
    }

    pub(super) fn markdown(&self) -> Result<String> {
        Ok(Markdown { view: self }.render()?)
    }

    /// The plots, each with its file's name.
    pub(super) fn plots(&self) -> impl Iterator<Item = (&str, String)> {
        let panels = self.sections.iter().flat_map(|section| &section.measures);
        let panels = panels.flat_map(|measure| &measure.panels);
        panels.map(|panel| (panel.file.as_str(), panel.alone()))
    }

    /// The plot of one measure of one filesystem.
    pub(super) fn plot(&self, topic: Topic, measure: &str, label: &str) -> Option<String> {
        let file = file(topic, measure, label);
        self.plots().find(|(name, _)| *name == file).map(|(_, svg)| svg)
    }

    /// The table of the main figures, as Markdown.
    pub(super) fn main_figures(&self) -> String {
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let table = &self.headlines;
        let mut text = row(table.head.clone());
        text += &format!("|{}\n", "---|".repeat(table.head.len()));
        for (name, cells) in &table.rows {
            let cells = cells.iter().map(|cell| format!("{} {}", cell.text, cell.note));
            let cells = cells.map(|cell| cell.trim_end().to_owned());
            text += &row(std::iter::once(name.clone()).chain(cells).collect());
        }
        text
    }
}

impl Panel {
    /// The plot on its own, which brings along what it wears in the dark.
    fn alone(&self) -> String {
        let css = include_str!("../../../templates/plot.css");
        self.svg.replacen('>', &format!("><style>{css}</style>"), 1)
    }
}

/// The file of a plot.
fn file(topic: Topic, measure: &str, label: &str) -> String {
    let name = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-");
    format!("{}-{measure}-{}.svg", name(topic.title()), name(label))
}

fn section(topic: Topic, evaluations: &[Evaluation]) -> Result<SectionView> {
    let found: Vec<(&Evaluation, &Section)> =
        evaluations.iter().filter_map(|one| Some((one, one.section(topic)?))).collect();
    let finding = |(evaluation, section): &(&Evaluation, &Section)| {
        let missing = section.missing.as_ref().map(|why| format!("Not measured: {why}."));
        let text =
            [section.finding.clone()].into_iter().chain(missing).collect::<Vec<_>>().join(" ");
        Finding { label: evaluation.label.clone(), text }
    };
    // The names of the measures, in the order of the first filesystem that has them.
    let mut names: Vec<&str> = Vec::new();
    for measure in found.iter().flat_map(|(_, section)| &section.measures) {
        if !names.contains(&measure.name.as_str()) {
            names.push(&measure.name);
        }
    }
    let space = found
        .iter()
        .filter_map(|(one, section)| Some((one.label.clone(), table::of_space(section)?)));
    Ok(SectionView {
        title: topic.title(),
        explanation: topic.explanation(),
        findings: found.iter().map(finding).collect(),
        space: space.collect(),
        measures: names
            .into_iter()
            .map(|name| measure_view(topic, name, &found))
            .collect::<Result<_>>()?,
    })
}

fn measure_view(
    topic: Topic,
    name: &str,
    found: &[(&Evaluation, &Section)],
) -> Result<MeasureView> {
    let with: Vec<(&Evaluation, &Measure)> = found
        .iter()
        .filter_map(|(evaluation, section)| {
            Some((*evaluation, section.measures.iter().find(|measure| measure.name == name)?))
        })
        .collect();
    let among: Vec<_> = with.iter().map(|(_, measure)| *measure).collect();
    let title = text::measure_title(topic, name);
    let panel = |(evaluation, measure): &(&Evaluation, &Measure)| {
        let label = evaluation.label.clone();
        Ok(Panel {
            alternative: format!(
                "{label}: {} against {}. The table below has the numbers.",
                measure.y.label, measure.x.label
            ),
            svg: plot::draw(measure, &among)?,
            file: file(topic, name, &label),
            table: table::of_measure(measure),
            label,
        })
    };
    Ok(MeasureView { title, panels: with.iter().map(panel).collect::<Result<_>>()? })
}

/// Where each evaluation ran.
fn facts(evaluations: &[Evaluation]) -> Table {
    type Fact = fn(&Evaluation) -> String;
    let facts: [(&str, Fact); 12] = [
        ("filesystem", |one| one.environment.filesystem.clone()),
        ("size", |one| units::bytes(one.environment.size as f64)),
        ("block size", |one| units::bytes(one.environment.block as f64)),
        ("mount options", |one| one.environment.mount_options.replace(',', ", ")),
        ("device", |one| one.environment.device.clone()),
        ("kernel", |one| one.environment.kernel.clone()),
        ("processor", |one| {
            let environment = &one.environment;
            format!(
                "{} × {} ({})",
                environment.cpus, environment.processor, environment.architecture
            )
        }),
        ("memory", |one| units::bytes(one.environment.memory as f64)),
        ("load before and after", |one| {
            format!("{}, {}", one.environment.load.0, one.environment.load.1)
        }),
        ("other work at the start", |one| format!("{} CPUs", units::count(one.environment.others))),
        ("begun", |one| one.started.clone()),
        ("effort", |one| {
            let took = units::seconds(one.seconds);
            let end = if one.interrupted { ", interrupted" } else { "" };
            format!("{:?}, {took}{end}", one.effort).to_lowercase()
        }),
    ];
    Table {
        head: std::iter::once(String::new())
            .chain(evaluations.iter().map(|one| one.label.clone()))
            .collect(),
        rows: facts
            .into_iter()
            .map(|(name, fact)| {
                (name.to_owned(), evaluations.iter().map(fact).map(Cell::from).collect())
            })
            .collect(),
    }
}
