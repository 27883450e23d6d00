//! `reflink completions`: scripts, and what bash makes of its own.

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
