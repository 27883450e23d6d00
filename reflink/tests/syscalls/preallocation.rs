//! Blocks that a large copy gets in advance, which only ext4 is faster with.

use crate::common::*;
use crate::run::{Run, run, undisturbed};

/// The blocks that fallocate is asked for.
fn preallocated(copy: &Run) -> Vec<&str> {
    let calls = copy.calls.iter().filter(|call| call.contains("FALLOC_FL_KEEP_SIZE, "));
    calls.map(|call| call.split("FALLOC_FL_KEEP_SIZE, ").nth(1).unwrap()).collect()
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_large_copy_gets_its_blocks_in_advance_except_the_last_64_kib() {
    let large = undisturbed("never large");
    large.assert("Ok(ReadWrite)", "new");
    let expected: &[_] = if fs() == Fs::Ext4 { &["0, 4128769) = 0"] } else { &[] };
    assert_eq!(preallocated(&large), expected, "{:#?}", large.calls);
    let nothing: [&str; 0] = [];
    assert_eq!(preallocated(&undisturbed("never")), nothing);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn holes_get_no_blocks_in_advance() {
    needs!(VisibleHoles);
    let sparse = undisturbed("never large sparse");
    sparse.assert("Ok(ReadWrite)", "new");
    // Two pieces of 600,000 bytes in whole blocks; the byte at the end is too small.
    let pieces = if fs() == Fs::Ext4 { 2 } else { 0 };
    assert_eq!(preallocated(&sparse).len(), pieces, "{:#?}", sparse.calls);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_fallocate_the_data_is_written_all_the_same() {
    needs!(Preallocation);
    for error in ["EOPNOTSUPP", "EPERM", "EACCES", "EINVAL", "ENOSYS", "EINTR:when=1"] {
        for words in ["never large", "never large old in-place"] {
            let copy = run(words, &[&format!("inject=fallocate:error={error}")]);
            copy.assert("Ok(ReadWrite)", "new");
            assert_eq!(copy.count(&["INJECTED"]), 1, "{:#?}", copy.calls);
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_full_disk_is_an_error_before_the_first_byte() {
    needs!(Preallocation);
    for error in ["ENOSPC", "EDQUOT", "EIO"] {
        let copy = run("never large", &[&format!("inject=fallocate:error={error}")]);
        copy.assert(&format!("Err({error})"), "none");
        assert_eq!(copy.count(&["splice"]), 0, "{:#?}", copy.calls);
    }
}
