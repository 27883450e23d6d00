//! The documents: their links lead somewhere.

// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The committed Markdown files; templates are none.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "*.md"]).current_dir(root);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|name| !name.contains("templates/"))
        .map(|name| root.join(name))
        .collect()
}

/// The text without its code blocks.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The targets of `[text](target)`.
fn links(text: &str) -> Vec<String> {
    let targets = prose(text);
    let targets = targets.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(str::to_owned).collect()
}

/// The anchor that a heading gets on a page.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || "-_ ".contains(*char));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Why a link of the document leads nowhere, if it does.
fn problem(document: &Path, link: &str) -> Option<String> {
    // Links to the web, and names that rustdoc resolves.
    if link.contains(':') {
        return None;
    }
    let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { document.to_owned() } else { document.parent()?.join(file) };
    if !target.exists() {
        return Some(format!("{}: there is no {file}", document.display()));
    }
    if fragment.is_empty() {
        return None;
    }
    let text = fs::read_to_string(&target).unwrap();
    let text = prose(&text);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let is_there =
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).any(|one| one == fragment);
    (!is_there).then(|| format!("{}: {file} has no heading #{fragment}", document.display()))
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut count = 0;
    let mut problems = Vec::new();
    for document in documents() {
        for link in links(&fs::read_to_string(&document).unwrap()) {
            count += 1;
            problems.extend(problem(&document, &link));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 50, "{count}");
}

#[test]
fn a_link_to_nothing_is_found() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("README.md");
    for link in links(
        "[a](docs/nothing.md) [b](#no-such-heading) [c](docs/guide/shell.md#nothing)\n```\n[d](e)\n```\n",
    ) {
        assert!(problem(&here, &link).is_some(), "{link}");
    }
    assert_eq!(problem(&here, "docs/guide/shell.md#back-up"), None);
}
