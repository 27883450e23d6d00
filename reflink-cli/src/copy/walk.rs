//! Directories and links: whether SOURCE is copied with all below it, and which links are followed.

use std::fs;
use std::path::Path;

/// The options.
#[derive(clap::Args)]
pub(super) struct Walk {
    /// Copy directories with everything below them
    ///
    /// A new tree appears whole or not at all; into an existing directory each file does. Links and
    /// special files are copied as such. Two directories of the same name are merged, and if both have
    /// a file of the same name, that of the last SOURCE stays.
    #[arg(short, long, visible_short_alias = 'R')]
    pub(super) recursive: bool,

    /// Copy recursively, links as links, and keep everything as far as possible: as -dR --preserve=all
    #[arg(short, long)]
    pub(super) archive: bool,

    /// Copy links as links, and keep hard links: as -P --preserve=links
    #[arg(short = 'd')]
    pub(super) links: bool,

    /// Copy symbolic links as links
    ///
    /// The default under -r; of -P, -L and -H the last one wins, and each over -a and -d.
    #[arg(short = 'P', long, overrides_with_all = ["dereference", "operands_alone"])]
    no_dereference: bool,

    /// Follow all symbolic links
    ///
    /// The default without -r.
    #[arg(short = 'L', long, overrides_with_all = ["no_dereference", "operands_alone"])]
    dereference: bool,

    /// Follow the symbolic links that are named on the command line, and copy others as links
    #[arg(
        short = 'H',
        id = "operands_alone",
        overrides_with_all = ["no_dereference", "dereference"]
    )]
    operands_alone: bool,

    /// Stay on SOURCE's filesystem: the directory under another mount is made, and stays empty
    #[arg(short = 'x', long)]
    pub(super) one_file_system: bool,

    /// Copy directories in N threads at most. By default one more than there are processors (on btrfs as
    /// many), but no more than 8
    #[arg(short = 'j', long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub(super) threads: Option<usize>,
}

/// Parses the value of `-j`.
fn threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=256).contains(number));
    number.ok_or_else(|| "it is not a number from 1 to 256".to_owned())
}

/// Which symbolic links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    None,
    Operands,
    All,
}

/// What a source is copied as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file, or what the copy of a file will refuse.
    File,
    /// A directory, with everything below it.
    Tree,
    /// A link or a special file, as such.
    Node,
}

impl Walk {
    pub(super) fn is_recursive(&self) -> bool {
        self.recursive || self.archive
    }

    pub(super) fn follow(&self) -> Follow {
        if self.dereference {
            Follow::All
        } else if self.operands_alone {
            Follow::Operands
        } else if self.no_dereference || self.links || self.is_recursive() {
            Follow::None
        } else {
            Follow::All
        }
    }

    /// What `source` is copied as. If it cannot be inspected, the copy of a file will report that.
    pub(super) fn kind(&self, source: &Path) -> Kind {
        let follow = self.follow();
        if !self.is_recursive() && follow != Follow::None {
            // No question that the copy does not ask itself.
            return Kind::File;
        }
        let found = match follow {
            Follow::None => fs::symlink_metadata(source),
            Follow::Operands | Follow::All => fs::metadata(source),
        };
        let Ok(found) = found else { return Kind::File };
        let kind = found.file_type();
        match self.is_recursive() {
            _ if kind.is_symlink() => Kind::Node,
            true if kind.is_dir() => Kind::Tree,
            true if !kind.is_file() => Kind::Node,
            _ => Kind::File,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    #[command(args_override_self = true)]
    struct Line {
        #[command(flatten)]
        walk: Walk,
    }

    #[test]
    fn the_last_option_for_links_wins() {
        for (line, follow) in [
            (&[][..], Follow::All),
            (&["-r"], Follow::None),
            (&["-R", "-H"], Follow::Operands),
            (&["-rL"], Follow::All),
            (&["-rLP"], Follow::None),
            (&["-rPL"], Follow::All),
            (&["-PHLH"], Follow::Operands),
            (&["-a"], Follow::None),
            (&["-aL"], Follow::All),
            (&["-d"], Follow::None),
            (&["-P"], Follow::None),
        ] {
            let parsed = Line::try_parse_from([&["copy"], line].concat()).expect("valid");
            assert_eq!(parsed.walk.follow(), follow, "{line:?}");
        }
    }
}
