#!/bin/sh
# Runs Debian's cron with the files of a stage laid over the host's, for this process and its
# children only: `unshare --mount --pid --fork` starts it. No line of the host's own crontabs runs.
set -eu
stage=$1
shift
for folder in etc usr/local/bin usr/sbin; do
  mount -t overlay overlay -o "lowerdir=$stage/$folder:/$folder" "/$folder"
done
mount --bind "$stage/cron.d" /etc/cron.d
mount -t tmpfs tmpfs /var/spool/cron
mkdir /var/spool/cron/crontabs
mount -t tmpfs tmpfs /run
# libfaketime shares a clock's memory here, by process ids, which are this namespace's own.
mount -t tmpfs -o mode=0777 tmpfs /dev/shm
exec env "$@" cron -f
