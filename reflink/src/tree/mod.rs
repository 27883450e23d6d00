//! Copies of directories with everything below them, in parallel, whole or not at all.
//!
//! [`Options`] is the builder, and [`Options::copy`] copies. `snapshot` is for subvolumes of btrfs, on Linux
//! and Android. All systems have the rest; what some of them cannot promise is in T12 and T13 of the
//! [contract](crate::contract).
//!
//! | | |
//! |---|---|
//! | whole or not at all | a new tree is built beside its name, and renamed when it is complete |
//! | relative to open directories | no symbolic link of either tree is followed unless asked for; paths have any length and depth |
//! | everything that a tree has | hard links, symbolic links, FIFOs, sockets, devices, holes, names of any bytes; metadata as the file options specify |
//! | directories last | a directory gets its metadata when its contents are complete |
//! | never into itself | a destination below the source is refused |
//! | constant memory | only the directories above the current one and files with several names are remembered |

mod alone;
mod choices;
mod copy;
mod default_acl;
mod directories;
mod entry;
mod file;
mod flush;
mod job;
mod links;
mod node;
mod nodes;
mod once;
mod options;
mod outcome;
mod plan;
mod progress;
mod publish;
mod queue;
mod remove;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod snapshot;
mod staging;
mod walk;
mod worker;

pub use choices::{Entry, Existing, Follow, Kind, OnError, Visit};
pub use options::Options;
pub use outcome::{Failure, NotKept, Outcome};
pub use progress::Progress;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use snapshot::snapshot;
