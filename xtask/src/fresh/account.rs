//! What each account does on the new machine.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Account {
    /// builds, and runs the tests that need no root
    User,
    /// runs the command, and `cargo xtask test`
    Root,
}

impl Account {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Root => "root",
        }
    }

    pub(super) fn home(self) -> &'static str {
        match self {
            Self::User => "/home/user",
            Self::Root => "/root",
        }
    }

    /// The search path that Debian gives the account.
    pub(super) fn search_path(self) -> &'static str {
        match self {
            Self::User => "/usr/local/bin:/usr/bin:/bin",
            Self::Root => "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        }
    }

    /// The commands that it runs in its checkout.
    pub(super) fn commands(self) -> &'static [&'static str] {
        match self {
            // A test that fails must not hide the others.
            Self::User => &["cargo build", "cargo test --no-fail-fast"],
            Self::Root => &[
                "cargo run --release -p reflink-cli -- copy -v LICENSE-MIT copy",
                "cargo xtask test",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn the_commands_are_those_of_the_readme() {
        let readme = include_str!("../../../README.md");
        let try_it = readme.split("\n## ").find(|section| section.starts_with("Try it\n")).unwrap();
        let commands = [Account::User, Account::Root].map(Account::commands).concat();
        let has = |command: &str| commands.iter().any(|one| one.starts_with(command));
        for code in try_it.split("```sh\n").skip(1) {
            let command = code.lines().next().unwrap();
            assert!(has(command.trim_end_matches(" SOURCE DEST")), "{command}");
        }
        assert!(try_it.contains("`cargo test`") && has("cargo test"));
    }

    /// The library's own examples are its documentation tests.
    #[test]
    fn the_examples_in_the_readme_are_those_in_the_library() {
        let [ours, theirs] =
            [include_str!("../../../README.md"), include_str!("../../../reflink/README.md")];
        let examples: Vec<_> = ours.split("```rust").skip(1).collect();
        assert!(!examples.is_empty());
        for example in examples {
            let (code, _) = example.split_once("\n```\n").unwrap();
            assert!(theirs.contains(code), "{code}");
        }
    }
}
