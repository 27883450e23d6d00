//! The recipes of docs/guide/shell.md: each does what the page says, exactly as it is printed.
//!
//! A recipe is a code block in `sh`. Comments that a reader does not see stand around it: before it,
//! what a reader has already; after it, what must hold then.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::filesystem::under_test;
use crate::scratch::{REFLINK, Scratch, variable};

const PAGE: &str = include_str!("../../../docs/guide/shell.md");

/// `shared A B` fails unless the two files share blocks, wherever files can.
const SHARED: &str = r#"
    shared() {
        test "$CLONES" = no || reflink extents --between --json "$1" "$2" | grep -q '"shared":[1-9]'
    }"#;

#[derive(Debug, PartialEq)]
struct Recipe<'p> {
    heading: &'p str,
    /// The exit status without clones, or on tmpfs, if that is an error.
    otherwise: Option<(u8, &'p str)>,
    before: &'p str,
    code: &'p str,
    after: &'p str,
}

fn recipes(page: &str) -> Vec<Recipe<'_>> {
    let mut heading = "";
    let mut found = Vec::new();
    for (start, _) in page.match_indices("```sh\n") {
        let (text, rest) = (&page[..start], &page[start + 6..]);
        heading =
            text.rsplit_once("\n## ").map_or(heading, |(_, text)| text.lines().next().unwrap());
        let comment =
            text.trim_end().strip_suffix("-->").expect("a recipe has a comment before it");
        let (_, comment) = comment.rsplit_once("<!-- recipe").unwrap();
        let (first, before) = comment.split_once('\n').unwrap_or((comment, ""));
        let otherwise = first.strip_prefix(": ").map(|words| {
            let (status, place) = words.trim().split_once(' ').unwrap();
            (status.parse().unwrap(), place)
        });
        let (code, rest) = rest.split_once("```\n").unwrap();
        let after =
            rest.strip_prefix("<!-- then\n").map_or("", |rest| rest.split_once("-->").unwrap().0);
        found.push(Recipe { heading, otherwise, before, code, after });
    }
    found
}

/// A problem, or none.
fn run(recipe: &Recipe<'_>, clones: bool, other: &Path) -> Option<String> {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink(other, scratch.path("usb")).unwrap();
    let expected = match recipe.otherwise {
        Some((status, "without clones")) if !clones => status,
        Some((status, "on tmpfs")) if variable("REFLINK_TEST_FS") == "tmpfs" => status,
        Some((_, "without clones" | "on tmpfs")) | None => 0,
        Some((_, place)) => panic!("no place is called {place}"),
    };
    let after = if expected == 0 { recipe.after } else { "" };
    let Recipe { before, code, .. } = recipe;
    let script = format!("{SHARED}\n{before}\n{code}\n{after}\n");
    let mut path = OsString::from(Path::new(REFLINK).parent().unwrap());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-ec", &script])
        .current_dir(scratch.path(""))
        .env("PATH", path)
        .env("CLONES", if clones { "yes" } else { "no" })
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let is_right = output.status.code() == Some(expected.into());
    (!is_right).then(|| format!("{}: {output:?}, expected {expected}\n{script}", recipe.heading))
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn each_recipe_does_what_the_page_says() {
    let other = Scratch::within(variable("REFLINK_TEST_OTHER_DIR").as_ref());
    let other = other.path("");
    let recipes = recipes(PAGE);
    let problems: Vec<_> =
        recipes.iter().filter_map(|recipe| run(recipe, under_test().clones, &other)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_heading_has_a_recipe() {
    let recipes = recipes(PAGE);
    for heading in PAGE.lines().filter_map(|line| line.strip_prefix("## ")) {
        assert!(recipes.iter().any(|recipe| recipe.heading == heading), "{heading}");
    }
}

#[test]
fn a_recipe_has_what_stands_around_it() {
    let page = "\n## A\n\n<!-- recipe: 3 without clones\ntouch a\n-->\n```sh\nrm a\n```\n<!-- then\nx\n-->\n";
    let recipe = Recipe {
        heading: "A",
        otherwise: Some((3, "without clones")),
        before: "touch a\n",
        code: "rm a\n",
        after: "x\n",
    };
    assert_eq!(recipes(page), [recipe]);
}
