//! A FUSE filesystem in this process with one file, `file`, that has unusual properties. It speaks
//! the kernel's protocol (linux/fuse.h) itself, because libraries hide the properties that are
//! tested here.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use crate::fuse::Unmount;
use crate::scratch::Scratch;

/// The unusual properties of the file.
#[derive(Clone, Default)]
pub(crate) struct Oddity {
    pub(crate) bytes: Vec<u8>,
    /// The length that it reports.
    pub(crate) stated: u64,
    /// The bits of `fuse_open_out.open_flags`.
    pub(crate) open_flags: u32,
    /// Reads must ask for a multiple of this many bytes; 0 for any number.
    pub(crate) granule: usize,
    /// The result of SEEK_DATA and SEEK_HOLE for an offset: another offset, or an errno. `None` if
    /// the program does not have the call.
    pub(crate) seek: Option<Seek>,
}

pub(crate) type Seek = fn(Whence, u64) -> Result<u64, i32>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whence {
    Data,
    Hole,
}

/// The page cache is not used, so reads continue past the stated length.
pub(crate) const DIRECT_IO: u32 = 1;
/// There is no offset: pread and lseek fail with ESPIPE.
pub(crate) const NONSEEKABLE: u32 = 1 << 2;

/// The filesystem, in the directory `mnt` of a scratch directory.
pub(crate) struct MadeUp {
    // Before its directory, so that it is unmounted first.
    _unmount: Unmount,
    pub(crate) scratch: Scratch,
}

impl MadeUp {
    pub(crate) fn new(oddity: Oddity) -> Self {
        let scratch = Scratch::new();
        scratch.mkdir("mnt");
        let device = File::options().read(true).write(true).open("/dev/fuse").unwrap();
        mount(device.try_clone().unwrap(), &scratch.path("mnt"));
        std::thread::spawn(move || serve(device, &oddity));
        Self { _unmount: Unmount(scratch.path("mnt")), scratch }
    }
}

fn mount(device: File, at: &Path) {
    // Its descriptor 0 is the device, so that the number is fixed.
    let options = "fd=0,rootmode=40000,user_id=0,group_id=0";
    let mut mount = Command::new("mount");
    mount.args(["-i", "-t", "fuse", "-o", options, "made-up"]).arg(at).stdin(device);
    assert!(mount.status().unwrap().success());
}

const ROOT: u64 = 1;
const FILE: u64 = 2;

/// Serves requests until the filesystem is unmounted.
fn serve(mut device: File, oddity: &Oddity) {
    let mut request = vec![0; 1 << 20];
    loop {
        let len = match device.read(&mut request) {
            Ok(len) => len,
            // The request was interrupted before it was read.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => continue,
            // Unmounted.
            Err(_) => return,
        };
        let Some(answer) = answer(&request[..len], oddity) else { continue };
        let (errno, body) = match answer {
            Ok(body) => (0, body),
            Err(errno) => (errno, Vec::new()),
        };
        let len = u32::try_from(16 + body.len()).unwrap();
        let head = [&len.to_ne_bytes()[..], &(-errno).to_ne_bytes(), &request[8..16]].concat();
        // The kernel rejects a reply to an interrupted request.
        let _ = device.write_all(&[head, body].concat());
    }
}

fn number(request: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(request[at..at + 8].try_into().unwrap())
}

fn half(request: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(request[at..at + 4].try_into().unwrap())
}

/// `None` if the kernel expects no reply.
fn answer(request: &[u8], oddity: &Oddity) -> Option<Result<Vec<u8>, i32>> {
    const BODY: usize = 40;
    let (node, body) = (number(request, 16), &request[BODY..]);
    Some(match half(request, 4) {
        // FUSE_LOOKUP: number, generation, how long both parts are valid, attributes.
        1 if node == ROOT && body == b"file\0" => {
            Ok([&words(&[FILE, 0, 0, 0, 0])[..], &attributes(FILE, oddity)].concat())
        }
        1 => Err(libc::ENOENT),
        // FUSE_FORGET, FUSE_BATCH_FORGET.
        2 | 42 => return None,
        // FUSE_GETATTR.
        3 => Ok([&words(&[0, 0])[..], &attributes(node, oddity)].concat()),
        // FUSE_OPEN.
        14 => Ok([&words(&[0])[..], &oddity.open_flags.to_ne_bytes(), &[0; 4]].concat()),
        // FUSE_READ.
        15 => read(oddity, number(body, 8), half(body, 16)),
        // FUSE_RELEASE, FUSE_FLUSH.
        18 | 25 => Ok(Vec::new()),
        // FUSE_INIT: version 7.31, no read-ahead, no flags, and writes of a page.
        26 => Ok([7u32, 31, 0, 0, 0, 4096, 1, 0]
            .iter()
            .flat_map(|n| n.to_ne_bytes())
            .collect::<Vec<_>>())
        .map(|init| [init, vec![0; 32]].concat()),
        // FUSE_LSEEK.
        46 => match oddity.seek {
            Some(seek) => {
                let whence = if half(body, 16) == 3 { Whence::Data } else { Whence::Hole };
                seek(whence, number(body, 8)).map(|offset| words(&[offset]))
            }
            None => Err(libc::ENOSYS),
        },
        _ => Err(libc::ENOSYS),
    })
}

fn read(oddity: &Oddity, offset: u64, len: u32) -> Result<Vec<u8>, i32> {
    let (offset, len) = (usize::try_from(offset).unwrap(), len as usize);
    if oddity.granule > 0 && len % oddity.granule > 0 {
        return Err(libc::EINVAL);
    }
    let rest = oddity.bytes.get(offset..).unwrap_or_default();
    Ok(rest[..len.min(rest.len())].to_vec())
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// `fuse_attr`. All blocks of the file are allocated.
fn attributes(node: u64, oddity: &Oddity) -> Vec<u8> {
    let (mode, len) = if node == ROOT { (0o40_755, 0) } else { (0o100_644, oddity.stated) };
    let blocks = (oddity.bytes.len() as u64).div_ceil(512);
    // Three times with their nanoseconds, mode, links, owner, group, device, block size, flags.
    let halves = [0u32, 0, 0, mode, 1, 0, 0, 0, 4096, 0];
    let halves = halves.iter().flat_map(|half| half.to_ne_bytes()).collect();
    [words(&[node, len, blocks, 0, 0, 0]), halves].concat()
}
