//! The guest's files, unpacked without running the scripts of packages.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::test::process::printed;
use anyhow::{Context as _, Result, bail, ensure};

/// Parts of packages that the guest does not need; drivers are most of a kernel.
const LEFT_OUT: [&str; 13] = [
    "./usr/share/doc",
    "./usr/share/man",
    "./usr/share/locale",
    "./usr/lib/debug",
    "./usr/lib/python3*",
    "./usr/lib/x86_64-linux-gnu/perl*",
    "./usr/share/perl*",
    "*/kernel/drivers/gpu",
    "*/kernel/drivers/media",
    "*/kernel/drivers/net",
    "*/kernel/drivers/iio",
    "*/kernel/drivers/infiniband",
    "*/kernel/sound",
];

const FILES: [(&str, &str); 6] = [
    ("etc/passwd", "root:x:0:0:root:/:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n"),
    ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("etc/shadow", "root:*:19000:0:99999:7:::\n"),
    ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ("etc/hosts", "127.0.0.1 localhost\n"),
    ("etc/exports", ""),
];

/// A root directory.
pub(super) struct Tree(PathBuf);

impl Tree {
    /// Unpacks the guest's `packages`, with a kernel, into an empty `root`.
    pub(super) fn of_guest(root: &Path, packages: &[PathBuf]) -> Result<Self> {
        let tree = Self::unpack(root, packages)?;
        for (name, content) in FILES {
            std::fs::write(root.join(name), content)?;
        }
        tree.tool("usr/bin/kmod", "depmod", &["-b", ".", &tree.kernel()?])?;
        Ok(tree)
    }

    /// Unpacks `packages` into an empty `root`.
    pub(super) fn unpack(root: &Path, packages: &[PathBuf]) -> Result<Self> {
        if root.exists() {
            std::fs::remove_dir_all(root)?;
        }
        for dir in ["bin", "sbin", "lib", "lib64"] {
            std::fs::create_dir_all(root.join("usr").join(dir))?;
            symlink(format!("usr/{dir}"), root.join(dir))?;
        }
        for package in packages {
            unpack(package, root)
                .with_context(|| format!("cannot unpack {}", package.display()))?;
        }
        for dir in ["proc", "sys", "dev", "run", "tmp", "mnt", "guest", "etc"] {
            std::fs::create_dir_all(root.join(dir))?;
        }
        symlink("bash", root.join("usr/bin/sh"))?;
        Ok(Self(root.to_owned()))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The version of the kernel in here.
    pub(super) fn kernel(&self) -> Result<String> {
        let mut versions = std::fs::read_dir(self.path("lib/modules"))?;
        let Some(version) = versions.next() else { bail!("the kernel has no modules") };
        Ok(version?.file_name().to_string_lossy().into_owned())
    }

    /// The kernel's image, wherever the package has it.
    pub(super) fn image(&self) -> Result<PathBuf> {
        let kernel = self.kernel()?;
        let places = [format!("boot/vmlinuz-{kernel}"), format!("lib/modules/{kernel}/vmlinuz")];
        let mut images = places.map(|place| self.path(&place)).into_iter();
        images.find(|path| path.exists()).context("the kernel has no image")
    }

    /// Runs `program` of the tree with the tree's own loader and libraries, under the name `argv0`.
    pub(super) fn tool(&self, program: &str, argv0: &str, args: &[&str]) -> Result<String> {
        let libraries = "usr/lib/x86_64-linux-gnu:usr/lib:lib/x86_64-linux-gnu";
        let mut command = Command::new(self.path("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
        command.args(["--library-path", libraries, "--argv0", argv0, program]);
        printed(command.args(args).current_dir(&self.0)).with_context(|| argv0.to_owned())
    }

    pub(super) fn has_module(&self, name: &str) -> Result<bool> {
        let list = self.path(&format!("lib/modules/{}/modules.dep", self.kernel()?));
        let list = std::fs::read_to_string(&list).context("depmod has made no list")?;
        Ok(list.lines().any(|line| line.contains(&format!("/{name}.ko"))))
    }

    /// The modules in `wanted` and their dependencies, in the order to load them.
    pub(super) fn modules(&self, wanted: &[&str]) -> Result<Vec<PathBuf>> {
        let kernel = self.kernel()?;
        let mut modules = Vec::new();
        for name in wanted {
            let args = ["-d", ".", "-S", &kernel, "--show-depends", name];
            let list = self.tool("usr/bin/kmod", "modprobe", &args)?;
            for module in insmods(&list).map(|path| self.path(path)) {
                if !modules.contains(&module) {
                    modules.push(module);
                }
            }
        }
        Ok(modules)
    }
}

/// The paths, below the root, in the output of `modprobe --show-depends`.
fn insmods(list: &str) -> impl Iterator<Item = &str> {
    let paths = list.lines().filter_map(|line| line.strip_prefix("insmod "));
    paths.filter_map(|path| Some(path[path.rfind("lib/modules/")?..].trim()))
}

fn unpack(package: &Path, root: &Path) -> Result<()> {
    let mut from = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run dpkg-deb")?;
    let pipe = from.stdout.take().context("no pipe")?;
    let to = Command::new("tar")
        .args(["-x", "--keep-directory-symlink", "-C"])
        .arg(root)
        .args(LEFT_OUT.map(|part| format!("--exclude={part}")))
        .stdin(pipe)
        .status()
        .context("cannot run tar")?;
    ensure!(from.wait()?.success() && to.success(), "dpkg-deb or tar failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn modules_are_listed_in_the_order_to_load_them() {
        let list = "insmod /some/root/lib/modules/6.12/a.ko.xz \nbuiltin b\ninsmod /lib/modules/6.12/c.ko\n";
        let found: Vec<_> = super::insmods(list).collect();
        assert_eq!(found, ["lib/modules/6.12/a.ko.xz", "lib/modules/6.12/c.ko"]);
    }
}
