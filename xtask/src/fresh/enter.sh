# Runs a command in another root directory. It is a real root, not a chroot, because in a chroot the
# kernel allows no user namespaces.
#
#   unshare --mount --pid --fork sh xtask/src/fresh/enter.sh ROOT COMMAND...
#
# All mounts are made in the caller's private mount namespace and are gone with it.
set -e
root=$1
shift
mount --bind "$root" "$root"
mount --types proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount --types tmpfs --options mode=755 run "$root/run"
cd "$root"
# The old root is mounted on top of the new one, and then unmounted.
pivot_root . .
umount --lazy .
cd /
exec "$@"
