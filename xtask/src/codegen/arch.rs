//! The architectures and their families.

/// Architectures whose definitions are the same text, which is one file in reflink-sys.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// How asm/ioctl.h packs an ioctl number.
    pub(crate) encoding: &'static str,
    /// Rust's `target_pointer_width`, and the size of a `long`, which FS_IOC_GETFLAGS encodes.
    pub(crate) bits: u32,
}

/// An architecture, with its names in Rust, GNU and Debian.
#[derive(Clone, Copy)]
pub(crate) struct Arch {
    pub(crate) name: &'static str,
    /// Rust's `target_arch`, for the `cfg` that chooses the family.
    pub(crate) target_arch: &'static str,
    /// The `--target` for clang, and the folder in which Debian puts the headers.
    pub(crate) triplet: &'static str,
    /// Debian's name for it, in `linux-libc-dev-<debian>-cross`.
    pub(crate) debian: &'static str,
    pub(crate) family: &'static str,
    /// The architecture to use instead on a machine whose packages are too old for this one.
    pub(crate) stand_in: Option<StandIn>,
}

#[derive(Clone, Copy)]
pub(crate) struct StandIn {
    /// Another architecture of the table.
    pub(crate) triplet: &'static str,
    /// The first clang that supports the architecture itself.
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

/// One line per architecture. `cargo xtask codegen` checks the family.
#[rustfmt::skip]
pub(crate) const ARCHES: &[Arch] = &[
    arch("x86_64",      "x86_64",      "x86_64-linux-gnu",        "amd64",    "generic_64"),
    arch("aarch64",     "aarch64",     "aarch64-linux-gnu",       "arm64",    "generic_64"),
    arch("riscv64",     "riscv64",     "riscv64-linux-gnu",       "riscv64",  "generic_64"),
    arch("s390x",       "s390x",       "s390x-linux-gnu",         "s390x",    "generic_64"),
    // Debian 12 has neither its headers nor, in clang 14, the target. Its asm/ioctl.h, types.h,
    // posix_types.h and bitsperlong.h are the asm-generic ones, and so are those of riscv64, which
    // has the same sizes. Debian 13 has its own headers.
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
