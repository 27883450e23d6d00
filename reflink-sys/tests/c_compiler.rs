//! Every constant, size and offset against the C compiler and the kernel's headers.
//!
//! Each assertion of a generated file becomes a `_Static_assert` in C, so that nothing has to run
//! and a compiler for any architecture can be asked (`CC=aarch64-linux-gnu-gcc cargo test`).
#![cfg(any(target_os = "linux", target_os = "android"))]

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

const FAMILIES: [(&str, &str); 4] = [
    ("generic_64", include_str!("../src/generated/generic_64.rs")),
    ("generic_32", include_str!("../src/generated/generic_32.rs")),
    ("mips_ppc_sparc_64", include_str!("../src/generated/mips_ppc_sparc_64.rs")),
    ("mips_ppc_sparc_32", include_str!("../src/generated/mips_ppc_sparc_32.rs")),
];

/// Debian's cross compilers (gcc-aarch64-linux-gnu and so on), and the family that each belongs to.
const CROSS: [(&str, &str); 11] = [
    ("aarch64-linux-gnu-gcc", "generic_64"),
    ("riscv64-linux-gnu-gcc", "generic_64"),
    ("s390x-linux-gnu-gcc", "generic_64"),
    ("i686-linux-gnu-gcc", "generic_32"),
    ("arm-linux-gnueabihf-gcc", "generic_32"),
    ("powerpc64-linux-gnu-gcc", "mips_ppc_sparc_64"),
    ("powerpc64le-linux-gnu-gcc", "mips_ppc_sparc_64"),
    ("mips64el-linux-gnuabi64-gcc", "mips_ppc_sparc_64"),
    ("sparc64-linux-gnu-gcc", "mips_ppc_sparc_64"),
    ("mips-linux-gnu-gcc", "mips_ppc_sparc_32"),
    ("powerpc-linux-gnu-gcc", "mips_ppc_sparc_32"),
];

// rustc itself needs a C compiler to link, and glibc's headers include the kernel's: where this
// test is built for glibc, both are there. musl's do not.
#[test]
#[cfg_attr(not(target_env = "gnu"), ignore = "needs cc and linux/fs.h; run cargo xtask test")]
fn agrees() {
    let ours = [
        format!("pub const FICLONE: u32 = {:#010x};", reflink_sys::FICLONE),
        format!("pub const FS_IOC_GETFLAGS: u32 = {:#010x};", reflink_sys::FS_IOC_GETFLAGS),
    ];
    let family = FAMILIES.iter().find(|(_, text)| ours.iter().all(|line| text.contains(line)));
    let (family, _) = family.expect("the crate is one of the families");
    let cc = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    assert_compiler_is_of(&cc, family);
}

#[test]
#[ignore = "needs Debian 12's cross compilers, which this test names; run it by hand"]
fn cross_compilers_agree() {
    for (cc, family) in CROSS {
        assert_compiler_is_of(cc.as_ref(), family);
    }
}

/// The compiler accepts this family's values, and refuses those of all others.
fn assert_compiler_is_of(cc: &OsStr, family: &str) {
    for (name, text) in FAMILIES {
        let refusal = compile(cc, &in_c(text));
        if name == family {
            assert_eq!(refusal, None, "{cc:?} contradicts {name}");
        } else {
            let refusal = refusal.unwrap_or_else(|| panic!("{cc:?} accepts {name} too"));
            assert!(refusal.contains("static assertion failed"), "{cc:?}: {refusal}");
        }
    }
}

/// What the compiler has to say against a source, if anything.
fn compile(cc: &OsStr, source: &str) -> Option<String> {
    let mut compiler = Command::new(cc)
        .args(["-x", "c", "-std=c11", "-fsyntax-only", "-"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{cc:?}: {error}"));
    let mut stdin = compiler.stdin.take().expect("it is a pipe");
    stdin.write_all(source.as_bytes()).expect("the compiler reads its input");
    drop(stdin);
    let output = compiler.wait_with_output().expect("the compiler can be waited for");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The constants and assertions of a generated file, in C.
fn in_c(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let claims = lines.filter(|line| line.starts_with("pub const") || line.starts_with("assert"));
    let claims = claims.map(|line| {
        let (what, value) = claim(line).unwrap_or_else(|| panic!("not understood: {line}"));
        format!("_Static_assert({what} == {value}, \"{what}\");\n")
    });
    let headers = ["stddef.h", "linux/fs.h", "linux/fiemap.h", "linux/btrfs.h"];
    let headers: String = headers.iter().map(|name| format!("#include <{name}>\n")).collect();
    headers + &claims.collect::<String>()
}

/// `pub const NAME: TYPE = VALUE;`, `assert!(size_of::<NAME>() == VALUE);` or
/// `assert!(offset_of!(NAME, FIELD) == VALUE);` as a C expression and its value.
fn claim(line: &str) -> Option<(String, &str)> {
    if let Some(constant) = line.strip_prefix("pub const ") {
        let (name, value) = constant.strip_suffix(';')?.split_once(": ")?;
        return Some((name.to_owned(), value.split_once(" = ")?.1));
    }
    let assertion = line.strip_prefix("assert!(")?.strip_suffix(");")?;
    let (what, value) = assertion.split_once(" == ")?;
    let what = if let Some(name) = what.strip_prefix("size_of::<") {
        format!("sizeof(struct {})", name.strip_suffix(">()")?)
    } else {
        format!("offsetof(struct {}", what.strip_prefix("offset_of!(")?)
    };
    Some((what, value))
}
