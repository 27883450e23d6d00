//! Standard output and standard error. Neither panics if its reader is gone.

use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};
use std::path::Path;

use clap::error::ErrorKind;
use reflink::display::{KernelText, Quoted};

use crate::colour;
use crate::exit::Exit;
use crate::failure::Failure;

/// Writes to standard output. A reader that went away is not an error, because it has what it
/// wanted.
pub(crate) fn print(bytes: &[u8]) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => cannot_print(&error),
        _ => Exit::Done,
    }
}

/// Writes one line that is the result of work: if its reader went away, nobody has learned the result.
pub(crate) fn print_result(line: impl Display) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(format!("{line}\n").as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Done,
        Err(error) => cannot_print(&error),
    }
}

fn cannot_print(error: &io::Error) -> Exit {
    complain(format_args!("cannot write to standard output: {}", KernelText(error)));
    Exit::Error
}

/// Writes one line to standard output.
pub(crate) fn print_line(line: impl Display) -> Exit {
    print(format!("{line}\n").as_bytes())
}

/// Standard output for many lines.
pub(crate) struct Lines {
    text: String,
    exit: Exit,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), exit: Exit::Done }
    }

    /// Writes one line, perhaps later.
    pub(crate) fn print(&mut self, line: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
        if self.text.len() >= 1 << 16 {
            self.flush();
        }
    }

    /// Writes everything that is left.
    pub(crate) fn finish(mut self) -> Exit {
        self.flush();
        self.exit
    }

    fn flush(&mut self) {
        // Report only the first error.
        if self.exit == Exit::Done {
            self.exit = print(self.text.as_bytes());
        }
        self.text.clear();
    }
}

/// Writes one line to standard error, under the command's name.
pub(crate) fn complain(line: impl Display) {
    let line = line.to_string();
    let colour = if line.starts_with("warning: ") { colour::WARNING } else { colour::ERROR };
    complain_raw(format_args!("{} {line}\n", colour::on_stderr(colour, "reflink:")));
}

/// Writes one line to standard error, under the command's name, that is no complaint and has no colour.
pub(crate) fn tell(line: impl Display) {
    complain_raw(format_args!("reflink: {line}\n"));
}

/// Reports a failure: what failed and, on separate lines, what it left, the cause and a hint.
pub(crate) fn report(failure: &Failure) {
    complain_of(failure);
    if let Some(explanation) = failure.explanation() {
        advise(explanation);
    }
}

/// Writes what failed, and what it left.
pub(crate) fn complain_of(failure: &Failure) {
    complain(&failure.message);
    failure.left.iter().flat_map(|left| &left.lines).for_each(complain);
}

/// Writes a hint to standard error.
pub(crate) fn advise(line: impl Display) {
    complain_raw(format_args!("{} {line}\n", colour::on_stderr(colour::HINT, "hint:")));
}

/// Reports wrong usage, with a hint if there is one, or prints the help or version that was asked for.
pub(crate) fn usage(error: &clap::Error, hint: Option<&str>) -> Exit {
    let text = error.render().to_string();
    if error.use_stderr() {
        // The text quotes arguments, which can come from `*`.
        let text = harmless(&text);
        match text.strip_prefix("error: ") {
            Some(text) => {
                let tip = format!("\n  {} ", colour::on_stderr(colour::HINT, "tip:"));
                complain(text.trim_end().replace("\n  tip: ", &tip));
            }
            None => complain_raw(text),
        }
        if let Some(hint) = hint {
            advise(harmless(hint));
        }
        Exit::Usage
    } else {
        print(colour::help_on_stdout(&text).as_bytes())
    }
}

/// A wrong number of operands, which only the subcommand detects, with the usage of `reflink NAME`.
pub(crate) fn wrong_count<A: clap::Args>(name: &'static str, message: &str) -> Exit {
    usage(&wrong::<A>(name, ErrorKind::WrongNumberOfValues, message), None)
}

/// An option and its value as two words, where `joined` is one, with the usage of `reflink NAME`.
pub(crate) fn wrong_value<A: clap::Args>(name: &'static str, joined: &str) -> Exit {
    let (option, value) = joined.split_once('=').unwrap_or((joined, ""));
    let message = format!("{option} needs its value after '=' (there is no file '{value}')");
    let error = wrong::<A>(name, ErrorKind::NoEquals, &message);
    usage(&error, Some(&format!("write {joined}")))
}

fn wrong<A: clap::Args>(name: &'static str, kind: ErrorKind, message: &str) -> clap::Error {
    let command = clap::Command::new(name).bin_name(format!("reflink {name}"));
    let mut command = A::augment_args(command);
    command.build();
    command.error(kind, message)
}

/// Escapes what a quoted name escapes, except line ends: it moves a terminal's cursor, or changes the order of
/// the text.
fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        let quoted = Quoted(Path::new(c.encode_utf8(&mut [0; 4]))).to_string();
        match quoted.strip_prefix("$'").and_then(|escaped| escaped.strip_suffix('\'')) {
            Some(escaped) if c != '\n' => harmless.push_str(escaped),
            _ => harmless.push(c),
        }
    }
    harmless
}

/// If standard error cannot be written to, there is nowhere to report that.
fn complain_raw(text: impl Display) {
    let _ = io::stderr().lock().write_all(text.to_string().as_bytes());
}
