#!/bin/bash
# Process 1 of a guest: makes each place, runs the suites there, powers off.
# What the host is to read goes to the second serial port.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/ TMPDIR=/tmp
exec < /dev/null
stty -F /dev/ttyS1 raw
exec 3> /dev/ttyS1
echo "@@ kernel $(uname -r)" >&3
mount -t tmpfs -o mode=755 t /mnt; mount -t tmpfs t /run; mount -t tmpfs t /tmp
ln -sf /proc/mounts /etc/mtab
ip link set lo up
[[ $(< /proc/cmdline) =~ places=([^ ]+) ]] && places=${BASH_REMATCH[1]//,/ }

# disk NAME TYPE DEVICE MKFS...: makes a filesystem and mounts it on /mnt/NAME, once.
disk() {
  local name=$1 type=$2 device=$3; shift 3
  mountpoint -q "/mnt/$name" && return
  mkdir -p "/mnt/$name"
  "$@" "$device" > /dev/null && mount $options -t "$type" "$device" "/mnt/$name"
}
# Without what a kernel of 2020 does not know.
mkxfs="mkfs.xfs -q -m reflink=1,bigtime=0,inobtcount=0"
xfs() { disk xfs xfs /dev/vdc $mkxfs; }
btrfs() { disk btrfs btrfs /dev/vdd mkfs.btrfs -q; }

nfs_server() {
  [ -e /proc/fs/nfsd/threads ] && return
  xfs && btrfs && modprobe -a nfsd nfsv4 || return
  mount -t nfsd n /proc/fs/nfsd
  mkdir -p /var/lib/nfs/rpc_pipefs /var/lib/nfs/v4recovery
  mount -t rpc_pipefs r /var/lib/nfs/rpc_pipefs
  local flags=rw,no_root_squash,insecure,no_subtree_check
  printf '/mnt/%s *(%s,fsid=%s)\n' xfs $flags 1 btrfs $flags 2 > /etc/exports
  exportfs -a
  echo 10 > /proc/fs/nfsd/nfsv4gracetime
  rpc.nfsd -N 3 -V 4.2 2 && rpc.mountd -N 3 || return
  # Nobody has anything to reclaim; Linux 7 has that wait for its end all the same.
  echo Y > /proc/fs/nfsd/v4_end_grace || true
}
# nfs PLACE VERSION EXPORT OTHER-EXPORT
nfs() {
  local point=/mnt/$1 other=/mnt/$1-other
  nfs_server && mkdir -p "$point" "$other" || return
  local options=vers=$2,addr=127.0.0.1,clientaddr=127.0.0.1,soft,timeo=600
  mount -i -t nfs4 -o $options "127.0.0.1:/mnt/$3" "$point" || return
  mount -i -t nfs4 -o $options "127.0.0.1:/mnt/$4" "$other" || return
  # One that does not wait long for a server that is gone.
  mkdir -p "$point-outage" "/mnt/$3/outage-$1"
  mount -i -t nfs4 -o "vers=$2,addr=127.0.0.1,clientaddr=127.0.0.1,nosharecache,soft,timeo=20,retrans=1" \
    "127.0.0.1:/mnt/$3/outage-$1" "$point-outage" || return
  export REFLINK_TEST_SERVER_DIR=/mnt/$3/$1 REFLINK_TEST_OTHER_DIR=$other/other
  export REFLINK_TEST_OUTAGE_DIR=$point-outage
}

shares() { printf '[xfs]\npath = /mnt/xfs\n%s\n[btrfs]\npath = /mnt/btrfs\n%s\n' "$1" "$2"; }
ksmbd() {
  [ -n "$ksmbd" ] && return
  xfs && btrfs && modprobe -a ksmbd cifs || return
  mkdir -p /run/lock /etc/ksmbd
  { printf '[global]\nnetbios name = vm\nmap to guest = never\n'
    shares 'writeable = yes' 'writeable = yes'; } > /etc/ksmbd/ksmbd.conf
  ksmbd.adduser -a -p pw root && ksmbd.mountd || return
  ksmbd=1; sleep 3
}
samba() {
  [ -n "$samba" ] && return
  xfs && btrfs && modprobe cifs || return
  # There is one port 445.
  [ -n "$ksmbd" ] && { umount -a -t cifs; ksmbd.control -s; sleep 2; }
  ss -Hlt sport = :445 | grep -q . && return 1
  mkdir -p /run/samba /var/lib/samba/{private,usershares} /var/log/samba /var/cache/samba /etc/samba
  { printf '[global]\nnetbios name = vm\nserver role = standalone\nbind interfaces only = yes\n'
    printf 'interfaces = lo\nlog level = 0\ndisable spoolss = yes\nload printers = no\n'
    shares 'read only = no' $'read only = no\nvfs objects = btrfs'; } > /etc/samba/smb.conf
  printf 'pw\npw\n' | smbpasswd -s -a root && smbd -D || return
  samba=1; sleep 4
  ss -Hltp sport = :445 | grep -q smbd
}
# smb PLACE SHARE
smb() {
  local options="vers=3.1.1,username=root,password=pw,ip=127.0.0.1,unc=\\\\127.0.0.1\\$2,noperm"
  mkdir -p "/mnt/$1"
  mount -i -t cifs -o "$options" "//127.0.0.1/$2" "/mnt/$1" || return
  export REFLINK_TEST_SERVER_DIR=/mnt/$2/$1
}

make() {
  case $1 in
    xfs) xfs ;;
    btrfs) btrfs ;;
    overlay)
      xfs && mkdir -p /mnt/xfs/{lower,upper,work,below} /mnt/overlay || return
      mount -t overlay o -o lowerdir=/mnt/xfs/lower,upperdir=/mnt/xfs/upper,workdir=/mnt/xfs/work \
        /mnt/overlay &&
        export REFLINK_TEST_LOWER_DIR=/mnt/xfs/below ;;
    # mount.ocfs2 would insist on a cluster, which a local volume needs not: hence -i. Kernels with
    # the new mount calls want to hear that there is no heartbeat.
    ocfs2) modprobe ocfs2; options="-i -o heartbeat=none" disk ocfs2 ocfs2 /dev/vde mkfs.ocfs2 -x \
        -q -M local -N 1 -b 4096 -C 4096 --fs-features=local,refcount,xattr ;;
    f2fs) disk f2fs f2fs /dev/vdf mkfs.f2fs -q ;;
    nfs42-xfs) nfs "$1" 4.2 xfs btrfs ;;
    nfs42-btrfs) nfs "$1" 4.2 btrfs xfs ;;
    nfs41-xfs) nfs "$1" 4.1 xfs btrfs ;;
    smb-ksmbd-*) ksmbd && smb "$1" "${1##*-}" ;;
    smb-samba-*) samba && smb "$1" "${1##*-}" ;;
    *) echo "no place $1"; false ;;
  esac
}

# suite PLACE NAME ARGUMENTS...
suite() {
  local place=$1 name=$2 start=$SECONDS; shift 2
  local skip; mapfile -t skip < "/guest/skip/$place"
  echo "@@ $place $name begin" >&3
  (cd /tmp && timeout -k 5 600 "/guest/$name" "$@" "${skip[@]}" --include-ignored \
    --test-threads=1 >&3 2>&1)
  printf '\n@@ %s %s end %s %s\n' "$place" "$name" $? $((SECONDS - start)) >&3
}
for place in $places; do
  echo "$place"
  unset REFLINK_TEST_{SERVER,LOWER,OUTAGE}_DIR
  export REFLINK_TEST_FS=$place REFLINK_TEST_DIR=/mnt/$place/$place
  export REFLINK_TEST_OTHER_DIR=/mnt/other/other
  echo "@@ $place making" >&3
  disk other xfs /dev/vdg $mkxfs && make "$place" &&
    mkdir -p "$REFLINK_TEST_DIR" "$REFLINK_TEST_OTHER_DIR" ||
    { echo "@@ $place unmade" >&3; continue; }
  suite "$place" filesystems table:: across::
  suite "$place" command filesystem:: probe::the_
  [ -n "$REFLINK_TEST_SERVER_DIR" ] && suite "$place" server
  [[ $(< /proc/cmdline) == *" full"* ]] && suite "$place" any_filesystem
done
# An emulated processor that shares its host is late now and then.
dmesg | grep -E 'BUG|WARNING:|Oops' | grep -v 'soft lockup' | sed 's/^/@@ kernel /' >&3
sync
busybox poweroff -f
