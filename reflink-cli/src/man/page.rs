//! One manual page.

use clap::Command;
use roff::{Roff, bold, roman};

use super::options::options;
use super::prose::prose;
use super::sections;

/// The page of the command, or of one of its subcommands.
pub(super) struct Page {
    command: Command,
    /// The other pages of this command.
    relatives: Vec<String>,
    version: String,
    /// The end of the whole command's help.
    common_end: String,
}

/// A page for the command and one for each subcommand that its help shows.
pub(super) fn all(command: Command) -> impl Iterator<Item = Page> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let version = command.get_version().unwrap_or_default().to_owned();
    let common_end = end(&command);
    let commands: Vec<_> =
        [command.clone()].into_iter().chain(subcommands(&command).cloned()).collect();
    let names: Vec<_> = commands.iter().map(name).collect();
    commands.into_iter().map(move |command| {
        let own = name(&command);
        let relatives = names.iter().filter(|name| **name != own).cloned().collect();
        Page { command, relatives, version: version.clone(), common_end: common_end.clone() }
    })
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

/// The text after the options.
fn end(command: &Command) -> String {
    let text = command.get_after_long_help().or_else(|| command.get_after_help());
    text.map(ToString::to_string).unwrap_or_default()
}

/// "reflink-copy".
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

impl Page {
    pub(super) fn file_name(&self) -> String {
        format!("{}.1", name(&self.command))
    }

    pub(super) fn render(mut self, date: &str) -> String {
        let name = name(&self.command);
        let about = self.command.get_about().map(ToString::to_string).unwrap_or_default();
        let mut roff = Roff::new();
        let source = format!("reflink {}", self.version);
        roff.control("TH", [name.to_uppercase().as_str(), "1", date, &source, "User Commands"]);

        // Spaces that align the right margin would stand beside the dash, too.
        roff.control("ad", ["l"]);
        roff.control("SH", ["NAME"]);
        prose(&mut roff, &format!("{name} - {}", lowercase_first(&about)));

        roff.control("SH", ["SYNOPSIS"]);
        self.synopsis(&mut roff);

        roff.control("SH", ["DESCRIPTION"]);
        let description = self.command.get_long_about().map(ToString::to_string).unwrap_or(about);
        for (number, paragraph) in description.split("\n\n").enumerate() {
            if number > 0 {
                roff.control("PP", []);
            }
            let dot = if paragraph.ends_with('.') { "" } else { "." };
            prose(&mut roff, &format!("{paragraph}{dot}"));
        }

        if self.command.has_subcommands() {
            roff.control("SH", ["COMMANDS"]);
            for command in subcommands(&self.command) {
                roff.control("TP", []);
                roff.text([bold(format!("{name}-{}", command.get_name())), roman("(1)")]);
                prose(&mut roff, &command.get_about().map(ToString::to_string).unwrap_or_default());
            }
        }
        roff.control("SH", ["OPTIONS"]);
        options(&mut roff, &self.command);
        self.end(&mut roff);
        roff.render()
    }

    /// The ways to call it, as `--help` has them.
    fn synopsis(&mut self, roff: &mut Roff) {
        let name = self.command.get_bin_name().unwrap_or("reflink").to_owned();
        let usage = self.command.render_usage().to_string();
        for (number, line) in usage.trim_start_matches("Usage:").lines().enumerate() {
            if number > 0 {
                roff.control("br", []);
            }
            roff.text([
                bold(name.clone()),
                roman(line.trim().trim_start_matches(&name).replace(['<', '>'], "")),
            ]);
        }
    }

    /// The sections after the options.
    fn end(&self, roff: &mut Roff) {
        let own = end(&self.command);
        for section in sections::of_page(&own, &self.common_end) {
            roff.control("SH", [section.heading.to_uppercase().as_str()]);
            for (term, explanation) in section.entries {
                roff.control("TP", []);
                roff.text([bold(term)]);
                prose(roff, &explanation);
            }
        }
        roff.control("SH", ["SEE ALSO"]);
        let mut before = None;
        let relatives = self.relatives.iter().map(|name| (name.as_str(), "1"));
        for (name, section) in relatives.chain(self.elsewhere().iter().copied()) {
            if let Some((name, section)) = before.replace((name, section)) {
                roff.text([bold(name), roman(format!("({section}),"))]);
            }
        }
        if let Some((name, section)) = before {
            roff.text([bold(name), roman(format!("({section})"))]);
        }
    }

    /// Pages of other packages.
    fn elsewhere(&self) -> &'static [(&'static str, &'static str)] {
        match self.command.get_name() {
            "range" => &[("copy_file_range", "2"), ("ioctl_ficlonerange", "2")],
            "probe" => &[("ioctl_ficlone", "2")],
            "extents" => &[("filefrag", "8"), ("xfs_io", "8")],
            "dedupe" => &[("duperemove", "8"), ("ioctl_fideduperange", "2")],
            "completions" => &[],
            _ => &[("cp", "1"), ("copy_file_range", "2"), ("ioctl_ficlone", "2")],
        }
    }
}

/// The summary stands in the middle of a line.
fn lowercase_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect()
}
