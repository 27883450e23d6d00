//! The exit status: what scripts act on.

use std::process::ExitCode;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was done.
    Done = 0,
    /// Something failed.
    Error = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A clone was required or asked about, and these files, this filesystem or this system cannot
    /// clone.
    NotReflinkable = 3,
    /// The data to be shared differs.
    Differs = 4,
    /// Of several files, some were done and some failed.
    SomeFailed = 5,
}

impl Exit {
    /// The exit status of a command from those of its items: the common status if all failed in the
    /// same way, and [`SomeFailed`](Self::SomeFailed) only if some succeeded.
    pub(crate) fn of_all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut items = items.into_iter();
        let Some(first) = items.next() else { return Self::Done };
        items.fold(first, |so_far, item| match (so_far, item) {
            (so_far, item) if so_far == item => so_far,
            (Self::Done | Self::SomeFailed, _) | (_, Self::Done | Self::SomeFailed) => {
                Self::SomeFailed
            }
            _ => Self::Error,
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{self, *};

    #[test]
    fn several_items_make_one_status() {
        let cases: [(&[Exit], Exit); 10] = [
            (&[], Done),
            (&[Done, Done], Done),
            (&[NotReflinkable], NotReflinkable),
            (&[NotReflinkable, NotReflinkable], NotReflinkable),
            (&[Error, NotReflinkable], Error),
            (&[Done, Error], SomeFailed),
            (&[Error, Done], SomeFailed),
            (&[Error, SomeFailed], SomeFailed),
            (&[Error, NotReflinkable, Done], SomeFailed),
            (&[Done, Error, NotReflinkable], SomeFailed),
        ];
        for (items, whole) in cases {
            assert_eq!(Exit::of_all(items.iter().copied()), whole, "{items:?}");
        }
    }
}
