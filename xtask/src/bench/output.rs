//! Reports as files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::page::View;
use super::report::{Report, SCHEMA};

/// Writes `report.html`, `report.md` with its plots, and `report.json` into `dir`.
pub(super) fn write(report: &Report, dir: &Path) -> Result<()> {
    let view = View::new(report)?;
    let plots = create(dir)?;
    let write = |path: &Path, text: String| {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    write(&dir.join("report.json"), serde_json::to_string_pretty(report)? + "\n")?;
    write(&dir.join("report.html"), view.html()?)?;
    write(&dir.join("report.md"), view.markdown()?)?;
    for (name, svg) in view.plots() {
        write(&plots.join(name), svg)?;
    }
    println!("{}", dir.join("report.html").display());
    Ok(())
}

/// Makes `dir`, if it is not there, and the directory of the plots in it.
pub(super) fn create(dir: &Path) -> Result<PathBuf> {
    let plots = dir.join("plots");
    fs::create_dir_all(&plots).with_context(|| format!("cannot create {}", plots.display()))?;
    Ok(plots)
}

/// Reads a `report.json`.
pub(super) fn read(path: &Path) -> Result<Report> {
    let context = || format!("cannot read {}", path.display());
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).with_context(context)?)
            .with_context(context)?;
    // Said before anything is made of the rest, which may look different.
    let schema = json.get("schema").and_then(serde_json::Value::as_u64);
    ensure!(schema == Some(SCHEMA.into()), "{} is no report of schema {SCHEMA}", path.display());
    serde_json::from_value(json).with_context(context)
}
