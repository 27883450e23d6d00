//! `-p` and `--preserve=LIST`: which metadata the copy gets.

use clap::ValueEnum;
use reflink::{Options, Permissions, Preserve};

/// The options.
#[derive(clap::Args)]
pub(super) struct Keep {
    /// Keep mode, owner, group and times; the owner where that is possible (a warning says where
    /// not)
    ///
    /// An ACL is not kept, and its entries do not turn into group permissions. Without this the
    /// copy has the mode of the file that it replaces, and as a new file the source's mode as far
    /// as the umask allows it.
    #[arg(short = 'p')]
    usual: bool,

    /// Keep what LIST names, or fail; without a LIST the same as -p
    #[arg(
        long = "preserve",
        value_name = "LIST",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "usual"
    )]
    list: Vec<Attribute>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Attribute {
    /// Permission bits, set-id bits included
    Mode,
    /// Owner and group
    Ownership,
    /// Access and modification time
    Timestamps,
    /// Extended attributes, and with them ACLs and capabilities; not those that belong to the place,
    /// such as SELinux labels and what /etc/xattr.conf has cp skip
    Xattr,
    /// Hard links: names of one file in SOURCE become names of one file in its copy
    Links,
    /// All of these as far as possible: what cannot be kept is a warning
    All,
    /// What -p keeps.
    #[value(hide = true)]
    Usual,
}

impl Keep {
    /// Whether names of one file stay names of one file.
    pub(super) fn keeps_links(&self) -> bool {
        self.list.iter().any(|attribute| matches!(attribute, Attribute::Links | Attribute::All))
    }

    /// Asks the library for it; `archive` asks for everything.
    pub(super) fn apply_to<'a>(&self, options: Options<'a>, archive: bool) -> Options<'a> {
        let mut permissions = None;
        let mut required = Preserve::NONE;
        let mut possible = Preserve::NONE;
        let usual = self.usual.then_some(Attribute::Usual);
        let all = archive.then_some(Attribute::All);
        for attribute in self.list.iter().copied().chain(usual).chain(all) {
            match attribute {
                Attribute::Mode => {
                    permissions = Some(Permissions::Source);
                    required = required | Preserve::SET_ID;
                }
                Attribute::Ownership => required = required | Preserve::OWNER,
                Attribute::Timestamps => required = required | Preserve::TIMES,
                Attribute::Xattr => required = required | Preserve::XATTRS,
                // Of one file there is nothing to keep.
                Attribute::Links => {}
                Attribute::All => possible = Preserve::ALL,
                Attribute::Usual => {
                    permissions = Some(Permissions::Source);
                    required = required | Preserve::TIMES;
                    possible = possible | Preserve::OWNER | Preserve::SET_ID;
                }
            }
        }
        let options = options.preserve(required).preserve_if_possible(possible);
        match permissions {
            Some(permissions) => options.permissions(permissions),
            // The library's own policy: the source's.
            None if possible == Preserve::ALL => options,
            None => options.permissions_if_possible(Permissions::Replaced),
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
        keep: Keep,
    }

    /// The options that the library gets, as it shows them.
    fn options(line: &[&str]) -> String {
        let line = Line::try_parse_from([&["copy"], line].concat()).expect("valid");
        format!("{:?}", line.keep.apply_to(Options::new(), false))
    }

    /// With the permissions from `source` or, as cp has them without `-p`, from the replaced file.
    fn expected(source: bool, required: Preserve, possible: Preserve) -> String {
        let options = Options::new().preserve(required).preserve_if_possible(possible);
        let options = if source {
            options.permissions(Permissions::Source)
        } else {
            options.permissions_if_possible(Permissions::Replaced)
        };
        format!("{options:?}")
    }

    #[test]
    fn without_the_options_nothing_is_kept_and_the_replaced_mode_stands() {
        let wanted = expected(false, Preserve::NONE, Preserve::NONE);
        assert_eq!(options(&[]), wanted);
    }

    #[test]
    fn p_keeps_the_owner_if_possible_and_requires_the_rest() {
        let possible = Preserve::OWNER | Preserve::SET_ID;
        let usual = expected(true, Preserve::TIMES, possible);
        for line in [&["-p"][..], &["--preserve"], &["-p", "--preserve", "-p"]] {
            assert_eq!(options(line), usual, "{line:?}");
        }
    }

    #[test]
    fn named_metadata_is_required() {
        let cases: [(&[&str], _, _); 6] = [
            (&["--preserve=mode"], true, Preserve::SET_ID),
            (&["--preserve=ownership"], false, Preserve::OWNER),
            (&["--preserve=timestamps"], false, Preserve::TIMES),
            (&["--preserve=xattr"], false, Preserve::XATTRS),
            (&["--preserve=mode,xattr"], true, Preserve::SET_ID | Preserve::XATTRS),
            (
                &["--preserve=timestamps", "--preserve=xattr"],
                false,
                Preserve::TIMES | Preserve::XATTRS,
            ),
        ];
        for (line, permissions, required) in cases {
            assert_eq!(options(line), expected(permissions, required, Preserve::NONE), "{line:?}");
        }
    }

    #[test]
    fn preserve_all_keeps_what_it_can_and_a_named_item_is_required() {
        let all = || Options::new().preserve_if_possible(Preserve::ALL);
        assert_eq!(options(&["--preserve=all"]), format!("{:?}", all()));
        let with_xattr = format!("{:?}", all().preserve(Preserve::XATTRS));
        assert_eq!(options(&["--preserve=all,xattr"]), with_xattr);
        assert_eq!(options(&["--preserve=xattr", "--preserve=all"]), with_xattr);
    }
}
