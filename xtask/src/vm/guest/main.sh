#!/bin/bash
# Process 1 of a guest: makes each place, runs the suites there, powers off.
# Everything that the host reads goes to the second serial port.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/ TMPDIR=/tmp
exec < /dev/null
stty -F /dev/ttyS1 raw
exec 3> /dev/ttyS1
echo "@@ kernel $(uname -r)" >&3
ln -s /proc/self/fd /dev/fd
for n in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${n%:*}" "/dev/${n#*:}"; done
mkdir -p /dev/shm /dev/pts; mount -t devpts p /dev/pts
for dir in /mnt /run /tmp /dev/shm; do mount -t tmpfs -o mode=755 t "$dir"; done
chmod 1777 /tmp /dev/shm
ln -sf /proc/mounts /etc/mtab
ip link set lo up
modprobe -a loop fuse
[[ $(< /proc/cmdline) =~ places=([^ ]+) ]] && places=${BASH_REMATCH[1]//,/ }

# disk NAME TYPE DEVICE MKFS...: makes a filesystem and mounts it on /mnt/NAME, once.
disk() {
  local name=$1 type=$2 device=$3; shift 3
  mountpoint -q "/mnt/$name" && return
  mkdir -p "/mnt/$name"
  "$@" "$device" > /dev/null && mount $options -t "$type" "$device" "/mnt/$name"
}
# Without features that the kernels of 2020 do not support.
mkxfs="mkfs.xfs -q -m reflink=1,bigtime=0,inobtcount=0"
mkbtrfs="mkfs.btrfs -q"
# Clusters of several blocks: OCFS2 clones clusters, not blocks.
mkocfs2="mkfs.ocfs2 -x -q -M local -N 1 -b 4096 -C 32768 --fs-features=local,refcount,xattr"
mkf2fs="mkfs.f2fs -q"
xfs() { disk xfs xfs /dev/vdc $mkxfs && small xfs $mkxfs; }
btrfs() { disk btrfs btrfs /dev/vdd $mkbtrfs && small btrfs $mkbtrfs; }
# small TYPE MKFS...: a filesystem that is quickly full.
small() {
  local type=$1 image=/mnt/other/small-$1; shift
  [ -e "$image" ] || truncate -s 320M "$image" || return
  options="$options -o loop" disk "small-$type" "$type" "$image" "$@" || return
  export REFLINK_TEST_SMALL_DIR=/mnt/small-$type
}

nfs_server() {
  [ -n "$nfs_server" ] && return
  xfs && btrfs && modprobe -a nfsd nfsv4 && mount -t nfsd n /proc/fs/nfsd || return
  mkdir -p /var/lib/nfs/rpc_pipefs /var/lib/nfs/v4recovery
  mount -t rpc_pipefs r /var/lib/nfs/rpc_pipefs
  local flags=rw,no_root_squash,insecure,no_subtree_check
  printf "/mnt/%s *($flags,fsid=%s)\n" xfs 1 btrfs 2 small-xfs 3 small-btrfs 4 > /etc/exports
  echo 10 > /proc/fs/nfsd/nfsv4gracetime
  exportfs -a && sh -c "$start_nfsd" && rpc.mountd -N 3 && nfs_server=1
}
# No client has anything to reclaim, but Linux 7 waits for the end of the grace period anyway.
start_nfsd="rpc.nfsd -N 3 -V 4.2 2 && { echo Y > /proc/fs/nfsd/v4_end_grace || true; }"
# nfs PLACE VERSION EXPORT OTHER-EXPORT
nfs() {
  local point=/mnt/$1 other=/mnt/$1-other small=/mnt/$1-small
  nfs_server && mkdir -p "$point" "$other" "$small" || return
  local options=vers=$2,addr=127.0.0.1,clientaddr=127.0.0.1,soft,timeo=600
  mount -i -t nfs4 -o $options "127.0.0.1:/mnt/$3" "$point" || return
  mount -i -t nfs4 -o $options "127.0.0.1:/mnt/$4" "$other" || return
  mount -i -t nfs4 -o $options "127.0.0.1:/mnt/small-$3" "$small" || return
  # A mount that does not wait long for a server that is gone.
  mkdir -p "$point-outage" "/mnt/$3/outage-$1"
  mount -i -t nfs4 -o "vers=$2,addr=127.0.0.1,clientaddr=127.0.0.1,nosharecache,soft,timeo=20,retrans=1" \
    "127.0.0.1:/mnt/$3/outage-$1" "$point-outage" || return
  export REFLINK_TEST_SERVER_DIR=/mnt/$3/$1 REFLINK_TEST_OTHER_DIR=$other/other
  export REFLINK_TEST_OUTAGE_DIR=$point-outage
  export REFLINK_TEST_STOP_SERVER="rpc.nfsd 0" REFLINK_TEST_START_SERVER=$start_nfsd
  # As long as there is a connection, the client waits for the server's answer.
  export REFLINK_TEST_FREEZE="fsfreeze -f /mnt/$3; { sleep 3; ip link set lo down; } > /dev/null 2>&1 &"
  export REFLINK_TEST_THAW="ip link set lo up; fsfreeze -u /mnt/$3"
  # File handles contain the number of the export.
  export REFLINK_TEST_FORGET="exportfs -ua && sed -i s/fsid=/fsid=7/ /etc/exports && exportfs -a"
  export REFLINK_TEST_REMEMBER="exportfs -ua && sed -i s/fsid=7/fsid=/ /etc/exports && exportfs -a"
  export REFLINK_TEST_SMALL_DIR=$small REFLINK_TEST_SMALL_SERVER_DIR=/mnt/small-$3
}

# shares OF-XFS OF-BTRFS: the shares that a server offers.
shares() {
  printf '[%s]\npath = /mnt/%s\n%s\n' xfs xfs "$1" btrfs btrfs "$2" \
    small-xfs small-xfs "$1" small-btrfs small-btrfs "$2"
}
ksmbd() {
  [ -n "$ksmbd" ] && return
  xfs && btrfs && modprobe -a ksmbd cifs || return
  mkdir -p /run/lock /etc/ksmbd
  { printf '[global]\nnetbios name = vm\nmap to guest = never\n'
    shares 'writeable = yes' 'writeable = yes'; } > /etc/ksmbd/ksmbd.conf
  start_smb="ksmbd.mountd && sleep 3" stop_smb="ksmbd.control -s && sleep 2"
  ksmbd.adduser -a -p pw root && sh -c "$start_smb" || return
  ksmbd=1
}
samba() {
  [ -n "$samba" ] && return
  xfs && btrfs && modprobe cifs || return
  # Only one server can use port 445.
  [ -n "$ksmbd" ] && { umount -a -t cifs; sh -c "$stop_smb"; }
  ss -Hlt sport = :445 | grep -q . && return 1
  mkdir -p /run/samba /var/lib/samba/{private,usershares} /var/log/samba /var/cache/samba /etc/samba
  { printf '[global]\nnetbios name = vm\nserver role = standalone\nbind interfaces only = yes\n'
    printf 'interfaces = lo\nlog level = 0\ndisable spoolss = yes\nload printers = no\n'
    shares 'read only = no' $'read only = no\nvfs objects = btrfs'; } > /etc/samba/smb.conf
  start_smb="smbd -D && sleep 4" stop_smb="busybox killall smbd; timeout 10 sh -c 'while busybox pidof smbd; do sleep 1; done'"
  printf 'pw\npw\n' | smbpasswd -s -a root && sh -c "$start_smb" || return
  ss -Hltp sport = :445 | grep -q smbd && samba=1
}
# smb_mount SHARE POINT OPTIONS
smb_mount() {
  local options="vers=3.1.1,username=root,password=pw,ip=127.0.0.1,unc=\\\\127.0.0.1\\$1,noperm$3"
  mkdir -p "$2" && mount -i -t cifs -o "$options" "//127.0.0.1/$1" "$2"
}
# smb PLACE SHARE
smb() {
  smb_mount "$2" "/mnt/$1" && smb_mount "small-$2" "/mnt/$1-small" &&
    smb_mount "$2" "/mnt/$1-outage" ,nosharesock,noserverino || return
  export REFLINK_TEST_OUTAGE_DIR=/mnt/$1-outage
  export REFLINK_TEST_STOP_SERVER=$stop_smb REFLINK_TEST_START_SERVER=$start_smb
  export REFLINK_TEST_SERVER_DIR=/mnt/$2/$1
  export REFLINK_TEST_SMALL_DIR=/mnt/$1-small REFLINK_TEST_SMALL_SERVER_DIR=/mnt/small-$2
}

# overlay BELOW NAME
overlay() {
  local dir=/mnt/$1
  mkdir -p "$dir"/{lower,upper,work,below} "/mnt/$2" &&
    mount -t overlay o -o "lowerdir=$dir/lower,upperdir=$dir/upper,workdir=$dir/work" "/mnt/$2"
}

# Two pools, in files: without udev, zpool waits for the names of a disk in vain.
zfs_pools() {
  export PATH=$PATH:/guest/openzfs/bin LD_LIBRARY_PATH=/guest/openzfs/lib
  export REFLINK_TEST_POOL=zfs REFLINK_TEST_OTHER_POOL=other-zfs
  mountpoint -q /mnt/zfs && return
  modprobe -a -q zlib_inflate zlib_deflate
  insmod /guest/openzfs/spl.ko && insmod /guest/openzfs/zfs.ko || return
  for pool in zfs other-zfs; do
    truncate -s 3G "/mnt/other/$pool"
    zpool create -f -o cachefile=none -O acltype=posix -O xattr=sa -m "/mnt/$pool" $pool "/mnt/other/$pool" || return
  done
}

make() {
  case $1 in
    xfs) xfs ;;
    btrfs) btrfs ;;
    overlay)
      xfs && overlay xfs overlay && overlay small-xfs overlay-small || return
      export REFLINK_TEST_LOWER_DIR=/mnt/xfs/below REFLINK_TEST_SMALL_DIR=/mnt/overlay-small ;;
    # mount.ocfs2 requires a cluster, which a local volume does not need: hence -i. Kernels with the
    # new mount calls must be told that there is no heartbeat.
    ocfs2)
      modprobe ocfs2
      local options="-i -o heartbeat=none"
      disk ocfs2 ocfs2 /dev/vde $mkocfs2 && small ocfs2 $mkocfs2 ;;
    f2fs) disk f2fs f2fs /dev/vdf $mkf2fs && small f2fs $mkf2fs ;;
    nfs42-xfs) nfs "$1" 4.2 xfs btrfs ;;
    nfs42-btrfs) nfs "$1" 4.2 btrfs xfs ;;
    nfs41-xfs) nfs "$1" 4.1 xfs btrfs ;;
    smb-ksmbd-*) ksmbd && smb "$1" "${1##*-}" ;;
    # The suite makes its disks itself.
    power-*) modprobe -a dm-log-writes dm-flakey "${1#power-}" ;;
    smb-samba-*) samba && smb "$1" "${1##*-}" ;;
    zfs) zfs_pools ;;
    *) echo "no place $1"; false ;;
  esac
}

# suite PLACE NAME ARGUMENTS...
suite() {
  local place=$1 name=$2 start=$SECONDS; shift 2
  echo "@@ $place $name begin" >&3
  (cd /tmp && timeout -k 5 1200 "/guest/$name" "$@" --include-ignored \
    --test-threads=1 >&3 2>&1)
  printf '\n@@ %s %s end %s %s\n' "$place" "$name" $? $((SECONDS - start)) >&3
}
# Kernel messages that no suite provokes. Messages about full disks, lost servers and refused clones
# ("ocfs2_remap_file_range:2783 ERROR: status = -95") do not count.
complaint='BUG|WARNING:|Oops|general protection|blocked for more than|[Cc]orrupt|XFS .*Internal error'
complaint+='|XFS .*CRC error|BTRFS:? (critical|error)|EXT4-fs error|OCFS2: ERROR'
complaint+='|VERIFY.* failed|PANIC at|F2FS-fs.*([Ee]rror|[Ii]nconsisten)'
# complaints PLACE: the kernel's complaints since the last call.
complaints() {
  # An emulated processor that shares its host is late now and then, and only a suite makes the disks of
  # device-mapper, which fail.
  dmesg -c | grep -E "$complaint" | grep -v -e 'soft lockup' -e '(device dm-' | sed "s/^/@@ $1 kernel /" >&3
}
for place in $places; do
  echo "$place"
  unset "${!REFLINK_TEST_@}" LD_LIBRARY_PATH
  # What a killed suite has left.
  rm -rf /mnt/small-*/.tmp*
  export REFLINK_TEST_FS=$place REFLINK_TEST_DIR=/mnt/$place/$place REFLINK_TEST_EMULATED=1
  export REFLINK_TEST_OTHER_DIR=/mnt/other/other
  # Of the model test, for an emulated processor.
  export REFLINK_TEST_OPS=2000
  echo "@@ $place making" >&3
  disk other xfs /dev/vdg $mkxfs && make "$place" &&
    mkdir -p "$REFLINK_TEST_DIR" "$REFLINK_TEST_OTHER_DIR" ||
    { echo "@@ $place unmade" >&3; complaints "$place"; continue; }
  while read -r -a words <&4; do
    suite "$place" "${words[@]}"
  done 4< "/guest/suites/$place"
  complaints "$place"
done
# Writing back the rest can crash a filesystem, too.
sync
complaints "$place"
echo "@@ done" >&3
busybox poweroff -f
