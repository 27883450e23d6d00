//! `reflink man`: the manual pages.

use assert_cmd::Command;

use crate::scratch::Scratch;

const COMMANDS: [&str; 6] = ["completions", "copy", "dedupe", "extents", "probe", "range"];

/// A directory `man` with all pages, dated 1970-01-02.
fn pages() -> Scratch {
    let scratch = Scratch::new();
    let mut command = scratch.command(["man", "--out", "man/deep"]);
    command.env("SOURCE_DATE_EPOCH", "86400").assert().success().stdout("").stderr("");
    scratch
}

fn page(scratch: &Scratch, name: &str) -> String {
    String::from_utf8(scratch.read(format!("man/deep/{name}.1"))).unwrap()
}

#[test]
fn there_is_a_page_for_the_command_and_for_each_subcommand() {
    let scratch = pages();
    let names = scratch.sh("ls man/deep");
    let expected: Vec<_> = COMMANDS.iter().map(|name| format!("reflink-{name}.1")).collect();
    assert_eq!(names.lines().collect::<Vec<_>>(), [&expected[..], &["reflink.1".into()]].concat());
    for name in COMMANDS {
        let page = page(&scratch, &format!("reflink-{name}"));
        let title = format!(".TH REFLINK\\-{} 1 1970\\-01\\-02 ", name.to_uppercase());
        assert!(page.contains(&title.replace("\\-", "-")), "{page}");
        // Completions only print.
        let status = if name == "completions" { "" } else { ".SH \"EXIT STATUS\"\n" };
        for part in [
            ".SH EXAMPLES\n",
            ".SH ENVIRONMENT\n",
            status,
            ".SH \"SEE ALSO\"\n\\fBreflink\\fR(1),\n",
        ] {
            assert!(page.contains(part), "{name}: no {part} in {page}");
        }
    }
    let copy = page(&scratch, "reflink-copy");
    for part in [
        "\n\\fB\\-t\\fR, \\fB\\-\\-target\\-directory\\fR \\fIDIRECTORY\\fR\n",
        "\n\\fBioctl_ficlone\\fR(2)\n",
        "\n\\fBreflink copy \\-a project project\\-clone\\fR\na directory with everything in it\n",
    ] {
        assert!(copy.contains(part), "no {part} in {copy}");
    }
}

/// The order of --help.
#[test]
fn options_of_every_command_come_last() {
    let copy = page(&pages(), "reflink-copy");
    let places: Vec<_> = ["reflink", "recursive", "json", "color", "help"]
        .map(|name| copy.find(&format!("\\-\\-{name}\\fR")).unwrap_or_else(|| panic!("no {name}")))
        .into();
    assert!(places.is_sorted(), "{places:?}: {copy}");
}

#[test]
fn the_date_is_that_of_the_source() {
    let scratch = Scratch::new();
    let mut command = scratch.command(["man", "--out", "man"]);
    let message = "reflink: SOURCE_DATE_EPOCH is not a number of seconds\n";
    command.env("SOURCE_DATE_EPOCH", "today").assert().code(1).stderr(message);
    assert!(!scratch.path("man").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let scratch = Scratch::new();
    scratch.write("file", "");
    let message = "reflink: cannot create 'file/man': Not a directory\n";
    scratch.fails(["man", "--out", "file/man"], 1, message);
}

#[test]
#[ignore = "needs mandoc; run cargo xtask test"]
fn the_pages_are_in_good_style() {
    let scratch = pages();
    let lint = "for page in man/deep/*.1; do mandoc -T lint -W style \"$page\"; done";
    assert_eq!(scratch.sh(lint), "");
    // What a reader sees.
    let mut command = Command::new("mandoc");
    let assert = command.args(["-T", "ascii", "man/deep/reflink.1"]);
    let assert = assert.current_dir(scratch.path(".")).assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("REFLINK(1)"), "{text}");
}
