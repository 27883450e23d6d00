//! The sections that stand at the end of a help text: examples, exit status, environment.

/// "Examples:" and the lines below it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section<'a> {
    pub(super) heading: &'a str,
    /// Each term with its explanation, which is empty if there is none.
    pub(super) entries: Vec<(&'a str, String)>,
}

/// Takes the text apart: a heading ends in a colon, an entry is indented, two spaces separate a term from its
/// explanation, and a deeper line continues the explanation.
pub(super) fn of(text: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        if indent == 0 {
            sections.push(Section { heading: line.trim_end_matches(':'), entries: Vec::new() });
            continue;
        }
        let Some(Section { entries, .. }) = sections.last_mut() else { continue };
        match entries.last_mut() {
            Some((_, explanation)) if indent > 2 => {
                if !explanation.is_empty() {
                    explanation.push(' ');
                }
                explanation.push_str(line);
            }
            _ => {
                let (term, explanation) = line.split_once("  ").unwrap_or((line, ""));
                entries.push((term, explanation.trim_start().to_owned()));
            }
        }
    }
    sections
}

/// What a page has after its options, in the usual order. The environment is the same for all pages of a command,
/// whose help `common` ends.
pub(super) fn of_page<'a>(own: &'a str, common: &'a str) -> Vec<Section<'a>> {
    const ORDER: [&str; 3] = ["Exit status", ENVIRONMENT, "Examples"];
    const ENVIRONMENT: &str = "Environment";
    let mut sections = of(own);
    if sections.iter().all(|section| section.heading != ENVIRONMENT) {
        sections.extend(of(common).into_iter().filter(|section| section.heading == ENVIRONMENT));
    }
    sections.sort_by_key(|section| ORDER.iter().position(|heading| *heading == section.heading));
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_environment_of_the_whole_command() {
        let common = "Examples:\n  reflink\n\nEnvironment:\n  TERM  the terminal";
        let own = "Examples:\n  reflink copy\n\nExit status:\n  0  done";
        let headings = |own, common| -> Vec<_> {
            of_page(own, common).iter().map(|section| section.heading).collect()
        };
        assert_eq!(headings(own, common), ["Exit status", "Environment", "Examples"]);
        assert_eq!(headings(common, common), ["Environment", "Examples"]);
    }

    #[test]
    fn a_text_is_taken_apart() {
        let text = "Examples:\n  reflink a b   copy it\n  reflink --long c d\n                sharing\n\n\
                    Exit status:\n  0  done\n  1  an error; or\n     unknown";
        let section = |heading, entries: &[(&'static str, &str)]| Section {
            heading,
            entries: entries.iter().map(|(term, text)| (*term, (*text).to_owned())).collect(),
        };
        assert_eq!(
            of(text),
            [
                section(
                    "Examples",
                    &[("reflink a b", "copy it"), ("reflink --long c d", "sharing")]
                ),
                section("Exit status", &[("0", "done"), ("1", "an error; or unknown")]),
            ]
        );
    }
}
