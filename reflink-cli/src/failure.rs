//! A failure, as it is printed.

use std::fmt::Display;
use std::io;

use reflink::Reason;
use reflink::display::KernelText;

use crate::exit::Exit;

/// One thing that did not work: the line for a person, and the parts for a program.
#[derive(Debug)]
pub(crate) struct Failure {
    /// One line, the kernel's words last, safe to print.
    pub(crate) message: String,
    /// What the kernel answered.
    pub(crate) errno: Option<i32>,
    /// The cause, where more is known than the errno says.
    pub(crate) reason: Option<String>,
    /// What the person can do.
    pub(crate) hint: Option<String>,
    /// The status that it ends with.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A refusal of this command's own.
    pub(crate) fn new(message: String) -> Self {
        Self { message, errno: None, reason: None, hint: None, exit: Exit::Error }
    }

    /// A refusal of the kernel: `what` was tried.
    pub(crate) fn io(what: impl Display, error: &io::Error) -> Self {
        let message = format!("{what}: {}", KernelText(error));
        Self { errno: error.raw_os_error(), ..Self::new(message) }
    }

    /// Adds advice.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Reason and hint on one line, where there is one of them.
    pub(crate) fn explanation(&self) -> Option<String> {
        match (&self.reason, &self.hint) {
            (Some(reason), Some(hint)) => Some(format!("{reason}; {hint}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }
}

impl From<&reflink::Error> for Failure {
    fn from(error: &reflink::Error) -> Self {
        let mut cause = error;
        while let reflink::Error::LeftBehind { error, .. } = cause {
            cause = error;
        }
        let exit = match cause {
            reflink::Error::Unsupported | reflink::Error::NotReflinkable { .. } => {
                Exit::NotReflinkable
            }
            _ => Exit::Error,
        };
        Self {
            message: error.to_string(),
            errno: error.raw_os_error(),
            reason: error.reason().map(Reason::to_string),
            hint: error.hint(),
            exit,
        }
    }
}

impl From<reflink::Error> for Failure {
    fn from(error: reflink::Error) -> Self {
        Self::from(&error)
    }
}
