//! `reflink completions`: scripts, and what bash, fish and zsh make of theirs.

use std::time::Duration;

use assert_cmd::Command;

use crate::scratch::{REFLINK, Scratch};

#[test]
fn completions_exist_for_each_shell_and_know_the_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let assert = Scratch::new().reflink(["completions", shell]).success().stderr("");
        let script = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        for word in
            ["copy", "range", "no-clobber", "src-offset", "probe", "between", "dedupe", "archive"]
        {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
}

/// What bash offers after these words, the last of which is being typed. Bash parts a word at "=".
fn offered(words: &[&str]) -> Vec<String> {
    let scratch = Scratch::new();
    let script = r#"
        source <("$0" completions bash) || exit
        COMP_WORDS=(reflink "$@") COMP_CWORD=$#
        function=$(complete -p reflink | sed 's/.* -F \([^ ]*\).*/\1/')
        "$function" reflink "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || exit
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, REFLINK]).args(words).current_dir(scratch.path("."));
    let assert = bash.assert().success().stderr("");
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_values_after_an_equals_sign_and_a_comma() {
    let attributes = ["mode", "ownership", "timestamps", "xattr", "links", "all"];
    for (words, offers) in [
        (&["copy", "--reflink", "="][..], &["always", "auto", "never"][..]),
        (&["copy", "--reflink", "=", "al"], &["always"]),
        (&["range", "--reflink", "=", "a"], &["always", "auto"]),
        (&["copy", "--preserve", "="], &attributes),
        (&["copy", "--preserve", "=", "mode,t"], &["mode,timestamps"]),
        (&["copy", "--preserve", "=", "mode,links,a"], &["mode,links,all"]),
        (&["copy", "--progress", "=", "n"], &["never"]),
        (&["copy", "--progress", "al"], &["always"]),
        (&["cp", "--no-cl"], &["--no-clobber"]),
        (&["cop"], &["copy"]),
    ] {
        assert_eq!(offered(words), offers, "{words:?}");
    }
    assert_eq!(offered(&["copy", "--preserve", "=", "mode,"]).len(), attributes.len());
}

/// Runs a script of `shell` in `scratch`, where REFLINK is its first argument and `line` its second.
fn run(scratch: &Scratch, shell: &str, script: &str, line: &str) -> String {
    let mut command = Command::new(shell);
    command.args(["-c", script, REFLINK, line]).current_dir(scratch.path("."));
    command.env("HOME", scratch.path(".")).env("TERM", "dumb").env("FROM", REFLINK);
    let assert = command.timeout(Duration::from_secs(60)).assert().success().stderr("");
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

#[test]
#[ignore = "needs fish; run cargo xtask test"]
fn fish_completes_values_after_an_equals_sign_and_a_comma() {
    let script = r#""$FROM" completions fish | source; complete -C $argv[-1]"#;
    let offered = |line| -> Vec<_> {
        let lines = run(&Scratch::new(), "fish", script, line);
        lines.lines().filter_map(|line| line.split('\t').next().map(str::to_owned)).collect()
    };
    for (line, offers) in [
        ("reflink copy --reflink=al", &["--reflink=always"][..]),
        ("reflink copy --preserve=m", &["--preserve=mode"]),
        ("reflink copy --preserve=mode,t", &["--preserve=mode,timestamps"]),
        ("reflink cp -a --preserve=mode,links,o", &["--preserve=mode,links,ownership"]),
    ] {
        assert_eq!(offered(line), offers, "{line}");
    }
    assert_eq!(offered("reflink copy --preserve=mode,").len(), 6);
}

/// An interactive zsh completes the line on a terminal of its own, and prints it.
#[test]
#[ignore = "needs zsh; run cargo xtask test"]
fn zsh_completes_values_after_an_equals_sign_and_a_comma() {
    // The line that the help gives for a home in which nothing else is set up.
    let setup = r#"
        reflink() { "$FROM" "$@" }
        source <(reflink completions zsh)
        zle-line-init() { print ready }
        show() { print -r -- "<$BUFFER>"; exit }
        zle -N zle-line-init
        zle -N show
        bindkey '^I' complete-word '^T' show
    "#;
    let script = r#"
        zmodload zsh/zpty
        ZDOTDIR=$PWD zpty shell zsh -d -i
        while zpty -r shell answer && [[ $answer != *ready* ]]; do :; done
        zpty -w -n shell "$1"$'\t\x14'
        while zpty -r shell answer; do
            [[ $answer == *'<'*'>'* ]] && print -r -- "${${answer##*<}%%>*}"
        done
        :
    "#;
    for (line, completed) in [
        ("reflink copy --reflink=al", "reflink copy --reflink=always "),
        // A comma that goes if a space follows.
        ("reflink copy --preserve=mo", "reflink copy --preserve=mode,"),
        ("reflink copy --preserve=mode,t", "reflink copy --preserve=mode,timestamps,"),
        ("reflink cp --preserve=mode,links,o", "reflink cp --preserve=mode,links,ownership,"),
    ] {
        let scratch = Scratch::new();
        scratch.write(".zshrc", setup);
        assert_eq!(run(&scratch, "zsh", script, line).trim_end_matches('\n'), completed);
    }
}

/// The examples in the help, run as they are printed, in a home directory with nothing in it.
#[test]
fn the_lines_that_install_them_work_in_a_fresh_home() {
    let scratch = Scratch::new();
    let help = scratch.reflink(["completions", "--help"]).success();
    let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
    let lines: Vec<_> = help.lines().filter(|line| line.contains('~')).collect();
    assert_eq!(lines.len(), 3, "{help}");
    scratch.mkdir("home");
    scratch.mkdir("bin");
    std::os::unix::fs::symlink(REFLINK, scratch.path("bin/reflink")).unwrap();
    let bash = |script: &str| {
        let mut bash = Command::new("bash");
        let path = format!("{}:/usr/bin:/bin", scratch.path("bin").display());
        bash.args(["--norc", "-c", script]).current_dir(scratch.path(".")).env_clear();
        bash.env("HOME", scratch.path("home")).env("PATH", path);
        bash.assert().success().stderr("")
    };
    for line in lines {
        bash(line).stdout("");
    }
    let fish = scratch.read("home/.config/fish/completions/reflink.fish");
    assert!(String::from_utf8_lossy(&fish).contains("no-clobber"));
    assert_eq!(scratch.read("home/.zshrc"), b"source <(reflink completions zsh)\n");
    let found = bash("source ~/.bashrc; complete -p reflink");
    let found = String::from_utf8_lossy(&found.get_output().stdout).into_owned();
    assert!(found.contains(" -F _reflink_values "), "{found}");
}
