//! Random operations on files, and on vectors of bytes: after every step both must be equal. The same on trees, and
//! on maps of paths.
//!
//! The seed is printed, and `REFLINK_TEST_SEED` repeats it; `REFLINK_TEST_OPS` sets the number of
//! operations. A failing sequence is reduced to the operations that it needs.
#![cfg(target_os = "linux")]
// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reflink::Mode;

#[path = "../common/mod.rs"]
mod common;
mod compare;
mod found;
mod op;
mod possible;
mod rules;
mod sparse;
mod trees;
mod world;

use op::{Op, Random};
use rules::Rules;
use world::{World, Wrong};

/// How many operations belong together: each episode begins without files.
const EPISODE: u64 = 250;
/// How often all files are compared; changed files are compared after each operation.
const COMPARE_ALL: usize = 25;
/// Several, because most steps wait for the disk.
const THREADS: usize = 4;
/// The time for reducing a failing sequence.
const SHRINKING: Duration = Duration::from_secs(60);

#[test]
fn files_and_vectors_of_bytes_stay_the_same() {
    let harness = std::env::var_os("REFLINK_TEST_DIR").is_some();
    let ops = number("REFLINK_TEST_OPS").unwrap_or(if harness { 20_000 } else { 2_000 });
    let seed = seed();
    let rules = rules();
    println!("REFLINK_TEST_SEED={seed} REFLINK_TEST_OPS={ops} on {rules:?}");

    let episodes = ops.div_ceil(EPISODE);
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let work = || {
            loop {
                let episode = next.fetch_add(1, Ordering::Relaxed);
                if episode >= episodes {
                    return;
                }
                if episode % 400 == 0 {
                    println!("{} operations", episode * EPISODE);
                }
                let seed = seed + episode;
                if let Err((history, wrong)) = run(rules, seed, EPISODE.min(ops)) {
                    next.store(episodes, Ordering::Relaxed);
                    report(rules, seed, history, &wrong);
                }
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let failed = threads.into_iter().filter_map(|thread| thread.join().err()).count();
        assert_eq!(failed, 0, "the cause is above");
    });
}

fn seed() -> u64 {
    let random = || RandomState::new().build_hasher().finish() >> 16;
    number("REFLINK_TEST_SEED").unwrap_or_else(random)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.replace('_', "").parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

/// The expected abilities: from the table under the harness, otherwise by trial.
fn rules() -> Rules {
    let dir = common::dir();
    let [from, to] = ["a", "b"].map(|name| dir.path().join(name));
    std::fs::write(&from, [1; 10_000]).unwrap();
    let clones = reflink::always(&from, &to).is_ok();
    if std::env::var_os("REFLINK_TEST_FS").is_some() {
        assert_eq!(clones, common::fs().clones());
    }
    let status = rustix::fs::statfs(dir.path()).unwrap();
    let is_btrfs = status.f_type == libc::BTRFS_SUPER_MAGIC;
    // The default of btrfs is max_inline=2048.
    let inline = if is_btrfs { 2048 } else { 0 };
    let mut rules =
        Rules { clones, block: status.f_bsize as u64, inline, exact: true, keeps_refused: true };
    if std::env::var_os("REFLINK_TEST_FS").is_some() {
        rules.exact = common::fs().clones_predictably();
        rules.keeps_refused = !common::on_smb();
    }
    rules
}

/// Draws and carries out operations; after a failure, returns them and the problem.
fn run(rules: Rules, seed: u64, ops: u64) -> Result<(), (Vec<Op>, Wrong)> {
    let mut random = Random(seed);
    let mut world = World::new(rules);
    let mut history = Vec::new();
    for _ in 0..ops {
        history.push(random.op(&world.files));
        if let Err(wrong) = last_step(&mut world, &history) {
            return Err((history, wrong));
        }
    }
    world.compare_all().map_err(|wrong| (history, wrong))
}

/// A panic is a failure like others.
fn last_step(world: &mut World, history: &[Op]) -> Result<(), Wrong> {
    let Some(op) = history.last() else { return Ok(()) };
    let step = || match world.step(op) {
        Ok(()) if history.len() % COMPARE_ALL == 0 => world.compare_all(),
        result => result,
    };
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Err(format!("panic: {}", text.or(panic.downcast_ref().copied()).unwrap_or_default()))
    })
}

/// Carries out operations in new files, and compares everything after each.
fn replay(rules: Rules, ops: &[Op]) -> Result<(), Wrong> {
    let mut world = World::new(rules);
    (1..=ops.len()).try_for_each(|done| {
        last_step(&mut world, &ops[..done])?;
        world.compare_all()
    })
}

fn report(rules: Rules, seed: u64, history: Vec<Op>, wrong: &Wrong) -> ! {
    let all = history.len();
    match replay(rules, &history) {
        Ok(()) => {
            panic!("after {all} operations, REFLINK_TEST_SEED={seed}, but not again: {wrong}")
        }
        Err(_) => {
            let ops = shrink(history, |ops| replay(rules, ops).is_err());
            let wrong = replay(rules, &ops).err();
            let ops: Vec<_> = ops.iter().map(|op| format!("    {op:?}")).collect();
            panic!(
                "after operation {all} of REFLINK_TEST_SEED={seed}; of these it needs\n{}\n{wrong:?}",
                ops.join("\n")
            )
        }
    }
}

/// Drops operations, many at once and then fewer, as long as the rest still fails.
fn shrink<T: Clone>(mut ops: Vec<T>, fails: impl Fn(&[T]) -> bool) -> Vec<T> {
    let begin = Instant::now();
    let mut chunk = ops.len() / 2;
    while chunk > 0 {
        let before = ops.len();
        let mut at = 0;
        while at < ops.len() && begin.elapsed() < SHRINKING {
            let mut fewer = ops.clone();
            fewer.drain(at..(at + chunk).min(ops.len()));
            if fails(&fewer) {
                ops = fewer;
            } else {
                at += chunk;
            }
        }
        // Operations that were needed may not be needed any more.
        if ops.len() == before || chunk > 1 {
            chunk /= 2;
        }
    }
    ops
}

/// Tests the test: a wrong expectation is found and reduced to the operations that it needs.
#[test]
fn a_failure_is_found_and_shrunk() {
    let wrong = Rules { clones: !rules().clones, ..rules() };
    let (history, _) = (1..20).find_map(|seed| run(wrong, seed, 100).err()).unwrap();
    let ops = shrink(history, |ops| replay(wrong, ops).is_err());
    // Only a copy to a new name depends on the filesystem in such a build, and its source must be there.
    let needed = if cfg!(reflink_as = "new-names") { 2 } else { 1 };
    assert_eq!(ops.len(), needed, "{ops:?}");
    let mode = match ops[needed - 1] {
        Op::Whole { mode, .. } | Op::Part { mode, .. } | Op::Copy { mode, .. } => mode,
        // If nothing can be shared.
        Op::Dedupe { .. } => Mode::Always,
        ref other => panic!("{other:?}"),
    };
    assert_ne!(mode, Mode::Never);
}
