#!/bin/sh
# The first process of the container. As root it gives the data directory to the server's user and its own privileges
# away; then it becomes the server, below an init where there is one (docker run --init, or tini in the image): PID 1
# has to reap orphans, and gets no signal that it does not handle.
set -eu

root=${PYREDIS_ROOT:-/opt/pyredis}
user=${PYREDIS_USER:-pyredis}
data=${PYREDIS_DATA:-/data}

# `docker run image --port 7000` and `docker run image redis.conf` mean the server.
case "${1:-}" in
  '' | -* | *.conf) set -- server "$@" ;;
esac

case "$1" in
  server | start | stop | restart | reload | reopen | signal | status | logs | ps | unit | version) ;;
  *) exec "$@" ;;
esac

if [ "$1" = server ]; then
  # The image's defaults stand before the arguments given: the last one counts. A configuration file stays first.
  shift
  case "${1:-}" in
    '' | -*) set -- server --dir "$data" --daemonize no "$@" ;;
    *)
      conf=$1
      shift
      set -- server "$conf" --dir "$data" --daemonize no "$@"
      ;;
  esac
fi
set -- node "$root/dist/cli/main.js" "$@"

umask 027
if [ "$(id -u)" = 0 ]; then
  # A volume that is somebody else's is taken over once, and only what is not ours yet.
  find "$data" \! -user "$user" -exec chown "$user" '{}' +
  group=$(id -gn "$user")
  set -- setpriv --reuid="$user" --regid="$group" --init-groups --no-new-privs "$@"
fi
if [ "$$" = 1 ] && command -v tini >/dev/null 2>&1; then
  exec tini -- "$@"
fi
exec "$@"
