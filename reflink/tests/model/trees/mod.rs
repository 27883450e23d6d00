//! Random operations on trees, and on maps of paths: after every copy both must be equal.

mod copy;
mod op;
mod tree;
mod world;

use crate::common::needs;
use crate::op::Random;
use crate::{number, seed, shrink};
use op::Op;
use world::World;

/// How many operations belong together: each episode begins with an empty tree.
const EPISODE: u64 = 100;
/// One operation on trees for so many on files, because a copy of a tree is many operations.
const FILE_OPERATIONS: u64 = 4;

#[test]
fn trees_and_maps_of_paths_stay_the_same() {
    needs!(FilesOfAllTypes, LinkCounts);
    let harness = std::env::var_os("REFLINK_TEST_DIR").is_some();
    let files = number("REFLINK_TEST_OPS").unwrap_or(if harness { 20_000 } else { 4_000 });
    let (ops, seed) = (files.div_ceil(FILE_OPERATIONS), seed());
    println!("REFLINK_TEST_SEED={seed} REFLINK_TEST_OPS={files}: {ops} operations on trees");
    for episode in 0..ops.div_ceil(EPISODE) {
        let seed = seed + episode;
        if let Err((history, wrong)) = run(seed, EPISODE.min(ops)) {
            let all = history.len();
            let ops = shrink(history, |ops| replay(ops).is_err());
            let again = replay(&ops);
            let ops: Vec<_> = ops.iter().map(|op| format!("    {op:?}")).collect();
            panic!(
                "after operation {all} of REFLINK_TEST_SEED={seed}: {wrong}; of these it needs\n{}\n{again:?}",
                ops.join("\n")
            )
        }
    }
}

/// Draws and carries out operations; after a failure, returns them and the problem.
fn run(seed: u64, ops: u64) -> Result<(), (Vec<Op>, String)> {
    let (mut random, mut world) = (Random(seed), World::new());
    let mut history = Vec::new();
    for _ in 0..ops {
        history.push(Op::draw(&mut random, &world.trees));
        let done = history.last().map_or(Ok(()), |op| world.step(op));
        done.map_err(|wrong| (history.clone(), wrong))?;
    }
    Ok(())
}

fn replay(ops: &[Op]) -> Result<(), String> {
    let mut world = World::new();
    ops.iter().try_for_each(|op| world.step(op))
}
