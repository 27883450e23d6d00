//! The architectures, and the families that they fall into.

/// A set of architectures whose definitions are the same text, one file in reflink-sys.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// Rust's `target_pointer_width`: FS_IOC_GETFLAGS is defined by the size of a `long`.
    pub(crate) pointer_width: &'static str,
    pub(crate) about: &'static str,
}

/// An architecture, by the names that Rust, GNU and Debian have for it.
pub(crate) struct Arch {
    pub(crate) name: &'static str,
    /// Rust's `target_arch`, for the `cfg` that chooses the family.
    pub(crate) target_arch: &'static str,
    /// The name that clang takes as `--target`, and in whose folder Debian puts the headers.
    pub(crate) triplet: &'static str,
    /// What Debian calls it, in `linux-libc-dev-<debian>-cross`.
    pub(crate) debian: &'static str,
    pub(crate) family: &'static str,
}

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "generic_64",
        pointer_width: "64",
        about: "asm-generic/ioctl.h (2 direction bits, 14 size bits), 64-bit `long`",
    },
    Family {
        name: "generic_32",
        pointer_width: "32",
        about: "asm-generic/ioctl.h (2 direction bits, 14 size bits), 32-bit `long`",
    },
    Family {
        name: "mips_ppc_sparc_64",
        pointer_width: "64",
        about: "an asm/ioctl.h with 3 direction bits and 13 size bits, 64-bit `long`",
    },
    Family {
        name: "mips_ppc_sparc_32",
        pointer_width: "32",
        about: "an asm/ioctl.h with 3 direction bits and 13 size bits, 32-bit `long`",
    },
];

/// One line an architecture. To add one, add its line and run `cargo xtask codegen`: a wrong
/// family is an error that names two architectures which differ.
#[rustfmt::skip]
pub(crate) const ARCHES: &[Arch] = &[
    arch("x86_64",      "x86_64",      "x86_64-linux-gnu",          "amd64",    "generic_64"),
    arch("aarch64",     "aarch64",     "aarch64-linux-gnu",         "arm64",    "generic_64"),
    arch("riscv64",     "riscv64",     "riscv64-linux-gnu",         "riscv64",  "generic_64"),
    arch("s390x",       "s390x",       "s390x-linux-gnu",           "s390x",    "generic_64"),
    arch("i686",        "x86",         "i686-linux-gnu",            "i386",     "generic_32"),
    arch("armv7",       "arm",         "arm-linux-gnueabihf",       "armhf",    "generic_32"),
    arch("powerpc64",   "powerpc64",   "powerpc64-linux-gnu",       "ppc64",    "mips_ppc_sparc_64"),
    arch("powerpc64le", "powerpc64",   "powerpc64le-linux-gnu",     "ppc64el",  "mips_ppc_sparc_64"),
    arch("mips64el",    "mips64",      "mips64el-linux-gnuabi64",   "mips64el", "mips_ppc_sparc_64"),
    arch("sparc64",     "sparc64",     "sparc64-linux-gnu",         "sparc64",  "mips_ppc_sparc_64"),
    arch("mips",        "mips",        "mips-linux-gnu",            "mips",     "mips_ppc_sparc_32"),
    arch("powerpc",     "powerpc",     "powerpc-linux-gnu",         "powerpc",  "mips_ppc_sparc_32"),
];

const fn arch(
    name: &'static str,
    target_arch: &'static str,
    triplet: &'static str,
    debian: &'static str,
    family: &'static str,
) -> Arch {
    Arch { name, target_arch, triplet, debian, family }
}
