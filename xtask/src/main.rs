//! The tasks of this project: `cargo xtask <task>`.
//!
//! One subcommand per module. A check that fails prints the command that fixes it.

use std::process::ExitCode;

use clap::Parser;

mod apt;
mod bench;
mod codegen;
mod dist;
mod fresh;
mod machine;
mod mirror;
mod systems;
mod test;
mod vm;
mod work;

#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Evaluate filesystems: what cloning costs there.
    Bench(bench::Args),
    /// Regenerate the kernel definitions of reflink-sys.
    Codegen(codegen::Args),
    /// Build what a release has: static binaries, archives, Debian packages.
    Dist(dist::Args),
    /// Run the README's commands on a new machine: a minimal Debian 13, with its own Rust.
    Fresh(fresh::Args),
    /// Type-check library and command for other operating systems and processors.
    Systems(systems::Args),
    /// Run every suite on real filesystems, loop-mounted.
    Test(test::Args),
    /// Run the suites on filesystems that this kernel lacks, in a virtual machine.
    Vm(vm::Args),
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Bench(args) => bench::run(&args),
        Task::Codegen(args) => codegen::run(&args),
        Task::Dist(args) => dist::run(&args),
        Task::Fresh(args) => fresh::run(&args),
        Task::Systems(args) => systems::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Vm(args) => vm::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command in the documents, without its words for a file, a name or a choice.
    fn commands() -> Vec<String> {
        let documents = [
            include_str!("../../README.md"),
            include_str!("../../CONTRIBUTING.md"),
            include_str!("../../BENCHMARKS.md"),
            include_str!("../../docs/RELIABILITY.md"),
            include_str!("../../docs/FILESYSTEMS.md"),
            include_str!("../../docs/PACKAGING.md"),
            include_str!("../../docs/guide/shell.md"),
            include_str!("../../docs/guide/evaluators.md"),
        ];
        let text = documents.concat();
        let found = text.match_indices("cargo xtask ").filter_map(|(at, words)| {
            // Between backquotes a command can go on in the next line.
            let is_quoted = text[..at].ends_with('`');
            let ends: &[char] = if is_quoted { &['`', '"'] } else { &['`', '\n', '#', '"'] };
            let command = text[at + words.len()..].split(ends).next()?;
            (!command.contains(['…', '>'])).then(|| command.trim().to_owned())
        });
        found.filter(|command| !command.is_empty()).collect()
    }

    #[test]
    fn the_commands_in_the_documents_are_understood() {
        let commands = commands();
        assert!(commands.len() > 30, "{commands:?}");
        for command in commands {
            let words = command.split_whitespace();
            if let Err(error) = Task::try_parse_from(["cargo xtask"].into_iter().chain(words)) {
                panic!("cargo xtask {command}: {error}");
            }
        }
    }
}
