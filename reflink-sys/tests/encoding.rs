//! Every family's ioctl numbers against the rules that make them, whatever machine this runs on.
//!
//! A number packs a direction, the size of the argument, a type and a serial number, from the top:
//! `direction << (16 + size_bits) | size << 16 | type << 8 | serial`.

use std::mem::size_of;

/// The four families, each as a module of its own.
#[rustfmt::skip]
#[path = "../src/generated"]
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
mod families {
    #[path = "generic_64.rs"]
    pub mod generic_64;
    #[path = "generic_32.rs"]
    pub mod generic_32;
    #[path = "mips_ppc_sparc_64.rs"]
    pub mod mips_ppc_sparc_64;
    #[path = "mips_ppc_sparc_32.rs"]
    pub mod mips_ppc_sparc_32;
}

struct Encoding {
    size_bits: u32,
    none: u32,
    read: u32,
    write: u32,
}

const GENERIC: Encoding = Encoding { size_bits: 14, none: 0, read: 2, write: 1 };
const MIPS_PPC_SPARC: Encoding = Encoding { size_bits: 13, none: 1, read: 2, write: 4 };

impl Encoding {
    fn number(&self, direction: u32, kind: u8, serial: u32, size: usize) -> u32 {
        direction << (16 + self.size_bits) | (size as u32) << 16 | u32::from(kind) << 8 | serial
    }
}

macro_rules! check {
    ($family:ident, $encoding:expr, FICLONE = $ficlone:literal, long = $long:literal) => {
        #[test]
        fn $family() {
            use families::$family::*;
            let code = $encoding;
            assert_eq!(FICLONE, $ficlone);
            assert_eq!(FICLONE, code.number(code.write, 0x94, 9, size_of::<i32>()));
            let size = size_of::<file_clone_range>();
            assert_eq!(FICLONERANGE, code.number(code.write, 0x94, 13, size));
            let size = size_of::<file_dedupe_range>();
            assert_eq!(FIDEDUPERANGE, code.number(code.read | code.write, 0x94, 54, size));
            let size = size_of::<fiemap>();
            assert_eq!(FS_IOC_FIEMAP, code.number(code.read | code.write, b'f', 11, size));
            assert_eq!(FS_IOC_GETFLAGS, code.number(code.read, b'f', 1, $long));
            let size = size_of::<fsxattr>();
            assert_eq!(FS_IOC_FSGETXATTR, code.number(code.read, b'X', 31, size));
            let size = size_of::<btrfs_ioctl_vol_args>();
            assert_eq!(BTRFS_IOC_SNAP_CREATE, code.number(code.write, 0x94, 1, size));
            assert_eq!(FIGETBSZ, code.number(code.none, 0, 2, 0));
        }
    };
}

check!(generic_64, GENERIC, FICLONE = 0x40049409, long = 8);
check!(generic_32, GENERIC, FICLONE = 0x40049409, long = 4);
check!(mips_ppc_sparc_64, MIPS_PPC_SPARC, FICLONE = 0x80049409, long = 8);
check!(mips_ppc_sparc_32, MIPS_PPC_SPARC, FICLONE = 0x80049409, long = 4);
