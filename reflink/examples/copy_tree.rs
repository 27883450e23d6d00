//! Copies a directory with everything in it, and prints the result.
//!
//! `cargo run --release --example copy_tree -- SOURCE DEST [THREADS]`

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let mut arguments = std::env::args_os().skip(1);
        let (Some(src), Some(dst)) = (arguments.next(), arguments.next()) else {
            return Err("usage: copy_tree SOURCE DEST [THREADS]".into());
        };
        let threads = match arguments.next() {
            Some(threads) => threads.to_string_lossy().parse()?,
            None => 0,
        };
        let files = reflink::Options::new().preserve(reflink::Preserve::ALL);
        let done = reflink::tree::Options::new().files(files).threads(threads).copy(src, dst)?;
        println!("{} entries, {} bytes", done.entries(), done.total());
        for (reason, files) in &done.fallbacks {
            println!("{files} files were not cloned: {reason}");
        }
    }
    Ok(())
}
