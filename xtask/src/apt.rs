//! A private apt: its sources, lists and cache are its own, and it believes that nothing is
//! installed, so that it fetches all that is asked for, down to the C library.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::mirror::{self, Mirrors};
use crate::test::process::printed;

pub(crate) struct Apt {
    config: PathBuf,
    debs: PathBuf,
}

impl Apt {
    /// An apt in `work` for Debian's `suites`, with contrib, which has OpenZFS. The first is taken,
    /// unless a package asks for another.
    pub(crate) fn new(work: &Path, suites: &[&str]) -> Result<Self> {
        let apt = work.join("apt");
        let debs = work.join("debs");
        std::fs::create_dir_all(apt.join("lists/partial"))?;
        std::fs::create_dir_all(debs.join("partial"))?;
        std::fs::write(apt.join("status"), "")?;
        let keyring = mirror::keyring()?;
        let mirrors = Mirrors::of_this_machine()?;
        let main = mirrors.debian()?;
        let mut sources = String::new();
        for suite in suites {
            sources += &format!("deb [signed-by={keyring}] {main} {suite} main contrib\n");
            if let (Some(security), &("bookworm" | "bullseye")) = (mirrors.security(), suite) {
                sources += &format!("deb [signed-by={keyring}] {security} {suite}-security main\n");
            }
        }
        std::fs::write(apt.join("sources.list"), sources)?;
        let config = apt.join("conf");
        let (dir, archives) = (apt.display(), debs.display());
        let release = suites.first().unwrap_or(&"stable");
        std::fs::write(
            &config,
            format!(
                r#"Dir::Etc::sourcelist "{dir}/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::State "{dir}"; Dir::State::lists "{dir}/lists"; Dir::State::status "{dir}/status";
Dir::Cache "{dir}"; Dir::Cache::archives "{archives}"; Acquire::Languages "none";
APT::Default-Release "{release}"; APT::Install-Recommends "false"; APT::Sandbox::User "root";
"#
            ),
        )?;
        Ok(Self { config, debs })
    }

    /// Has `apt-get` download what `args` say, and returns the files: those alone, for the directory has
    /// those of other runs and older versions, too.
    pub(crate) fn fetch(&self, args: &[&str]) -> Result<Vec<PathBuf>> {
        // What is there is not printed: so where nothing is.
        let mut uris = Command::new("apt-get");
        uris.args(["--quiet=2", "--print-uris", "--option=Dir::Cache::archives=nothing"]);
        uris.args(args).env("APT_CONFIG", &self.config).current_dir("/");
        let uris = printed(&mut uris)?;
        self.run("apt-get", &[&["--quiet=2"], args].concat())?;
        Ok(file_names(&uris).map(|name| self.debs.join(name)).collect())
    }

    pub(crate) fn run(&self, program: &str, args: &[&str]) -> Result<String> {
        let mut command = Command::new(program);
        printed(command.args(args).env("APT_CONFIG", &self.config).current_dir(&self.debs))
    }
}

/// The names of the files in what `apt-get --print-uris` prints: `'<uri>' <name> <size> <checksum>`.
fn file_names(uris: &str) -> impl Iterator<Item = &str> {
    uris.lines().filter_map(|line| line.strip_prefix('\'')?.split_whitespace().nth(1))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_is_named_as_apt_saves_it() {
        let uris = "'http://mirror/attr_2.5.1-4_amd64.deb' attr_1%3a2.5.1-4_amd64.deb 41172 SHA256:9\n\
            'http://mirror/acl_2.3.1-3_amd64.deb' acl_2.3.1-3_amd64.deb 61244 SHA256:a\nother words\n";
        let names: Vec<_> = super::file_names(uris).collect();
        assert_eq!(names, ["attr_1%3a2.5.1-4_amd64.deb", "acl_2.3.1-3_amd64.deb"]);
    }
}
