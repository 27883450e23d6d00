# Runs a command in another root directory, which is a real root and no chroot: in a chroot the
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
# The old root comes to lie on top of the new one, and is taken away.
pivot_root . .
umount --lazy .
cd /
exec "$@"
