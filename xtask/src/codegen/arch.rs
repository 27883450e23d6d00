//! The architectures, and the families that they fall into.

/// Architectures whose definitions are the same text: one file in reflink-sys.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// How asm/ioctl.h packs an ioctl number.
    pub(crate) encoding: &'static str,
    /// Rust's `target_pointer_width`, and the size of a `long`, which FS_IOC_GETFLAGS encodes.
    pub(crate) bits: u32,
}

/// An architecture, by the names that Rust, GNU and Debian have for it.
#[derive(Clone, Copy)]
pub(crate) struct Arch {
    pub(crate) name: &'static str,
    /// Rust's `target_arch`, for the `cfg` that chooses the family.
    pub(crate) target_arch: &'static str,
    /// What clang takes as `--target`, and the folder in which Debian puts the headers.
    pub(crate) triplet: &'static str,
    /// What Debian calls it, in `linux-libc-dev-<debian>-cross`.
    pub(crate) debian: &'static str,
    pub(crate) family: &'static str,
    /// Who speaks for it on a machine whose packages are too old to know it.
    pub(crate) stand_in: Option<StandIn>,
}

#[derive(Clone, Copy)]
pub(crate) struct StandIn {
    /// Another architecture of the table.
    pub(crate) triplet: &'static str,
    /// The first clang that knows the architecture itself.
    pub(crate) until_clang: u32,
}

const GENERIC: &str = "asm-generic/ioctl.h, 2 direction bits and 14 size bits";
const MIPS_PPC_SPARC: &str = "the architecture's own, 3 direction bits and 13 size bits";

pub(crate) const FAMILIES: &[Family] = &[
    Family { name: "generic_64", encoding: GENERIC, bits: 64 },
    Family { name: "generic_32", encoding: GENERIC, bits: 32 },
    Family { name: "mips_ppc_sparc_64", encoding: MIPS_PPC_SPARC, bits: 64 },
    Family { name: "mips_ppc_sparc_32", encoding: MIPS_PPC_SPARC, bits: 32 },
];

/// One line an architecture. The family is a claim that `cargo xtask codegen` puts to the test.
#[rustfmt::skip]
pub(crate) const ARCHES: &[Arch] = &[
    arch("x86_64",      "x86_64",      "x86_64-linux-gnu",        "amd64",    "generic_64"),
    arch("aarch64",     "aarch64",     "aarch64-linux-gnu",       "arm64",    "generic_64"),
    arch("riscv64",     "riscv64",     "riscv64-linux-gnu",       "riscv64",  "generic_64"),
    arch("s390x",       "s390x",       "s390x-linux-gnu",         "s390x",    "generic_64"),
    // Debian 12 has neither its headers nor, in clang 14, the target. Its asm/ioctl.h, types.h,
    // posix_types.h and bitsperlong.h are the asm-generic ones, and so are riscv64's, which has the
    // same sizes. From Debian 13 on it speaks for itself.
    Arch {
        stand_in: Some(StandIn { triplet: "riscv64-linux-gnu", until_clang: 16 }),
        ..arch("loongarch64", "loongarch64", "loongarch64-linux-gnu", "loong64", "generic_64")
    },
    arch("i686",        "x86",         "i686-linux-gnu",          "i386",     "generic_32"),
    arch("armv7",       "arm",         "arm-linux-gnueabihf",     "armhf",    "generic_32"),
    arch("powerpc64",   "powerpc64",   "powerpc64-linux-gnu",     "ppc64",    "mips_ppc_sparc_64"),
    arch("powerpc64le", "powerpc64",   "powerpc64le-linux-gnu",   "ppc64el",  "mips_ppc_sparc_64"),
    arch("mips64el",    "mips64",      "mips64el-linux-gnuabi64", "mips64el", "mips_ppc_sparc_64"),
    arch("sparc64",     "sparc64",     "sparc64-linux-gnu",       "sparc64",  "mips_ppc_sparc_64"),
    arch("mips",        "mips",        "mips-linux-gnu",          "mips",     "mips_ppc_sparc_32"),
    arch("powerpc",     "powerpc",     "powerpc-linux-gnu",       "powerpc",  "mips_ppc_sparc_32"),
];

/// The architectures of one family.
pub(crate) fn members(family: &Family) -> impl Iterator<Item = &'static Arch> {
    ARCHES.iter().filter(|arch| arch.family == family.name)
}

const fn arch(
    name: &'static str,
    target_arch: &'static str,
    triplet: &'static str,
    debian: &'static str,
    family: &'static str,
) -> Arch {
    Arch { name, target_arch, triplet, debian, family, stand_in: None }
}
