/* What `cargo xtask codegen` reads. items/ names what it takes from them. */
#include <linux/fs.h>
#include <linux/fiemap.h>
#include <linux/btrfs.h>
