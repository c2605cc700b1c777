# Holds one throwaway PostgreSQL cluster on behalf of `cargo xtask`.
#
# usage: sh guard.sh BIN DIR [PREFIX…]
#   BIN     the directory of initdb, postgres and pg_ctl
#   DIR     the cluster's own directory, which the other end makes: the data is in DIR/data, the
#           server's log in DIR/log, what the other programs say in DIR/out
#   PREFIX  what to put before a command to run it as the server's user; nothing for oneself
#
# Orders come on standard input, one a line (init, start, done); each of the first two is answered
# on standard output with `ok` or `failed`.
#
# Invariant: when this script ends, the server is stopped and DIR is gone, however the other end
# came to its end. A killed xtask closes the pipe, and that reads as the end of the orders; orders
# are carried out to their end first, so that no half-done initdb can outlive the removal.

bin=$1
dir=$2
shift 2
data=$dir/data

# A signal ends the wait for orders, no more; the cleaning up below runs in any case.
trap : HUP INT QUIT TERM PIPE
# The server's user may not be allowed into the directory this was started from.
cd /

init() {
    "$@" "$bin/initdb" --pgdata="$data" --username=postgres --auth=trust \
        --encoding=UTF8 --no-locale --no-sync
}

# Not by pg_ctl, which would leave the server to the system's first process: that one may take its
# time to bury a killed server, and until then no other one starts on the same data. The subshell
# waits for the server and nothing else.
start() {
    ("$@" "$bin/postgres" -D "$data" >>"$dir/log" 2>&1; :) &
    server=$!
    for _ in $(seq 600); do
        [ "$(sed -n '8s/ *$//p' "$data/postmaster.pid" 2>/dev/null)" = ready ] && return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

stop() {
    "$@" "$bin/pg_ctl" --pgdata="$data" --mode=immediate --wait --timeout=30 stop
}

# Everything started for this cluster carries its directory in the environment, at any depth and
# in any process group.
users() {
    grep -lsF "AVAL_TEST_PG_DIR=$data" /proc/[0-9]*/environ | cut -d/ -f3
}

answer() {
    if "$@" >>"$dir/out" 2>&1 </dev/null; then
        word=ok
    else
        word=failed
    fi
    # Nobody may be there to hear it.
    echo "$word" 2>/dev/null
}

how=abandoned
while read -r order; do
    case $order in
    init) answer init "$@" ;;
    start) answer start "$@" ;;
    done) how=done && break ;;
    esac
done

# Nobody is left to end the command that was using the cluster: ask it, ask what it was starting
# just then, and insist.
if [ "$how" = abandoned ]; then
    for signal in TERM 0 0 TERM 0 0 0 0 0 0 0 KILL KILL; do
        pids=$(users)
        [ -n "$pids" ] || break
        # shellcheck disable=SC2086 # one word each
        kill -s "$signal" $pids 2>/dev/null
        sleep 0.3
    done
fi

stop "$@" >/dev/null 2>&1 </dev/null

# Server processes of a killed postmaster may still be writing for a moment.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$dir" 2>/dev/null
    [ -e "$dir" ] || exit 0
    sleep 0.3
done
echo "could not remove $dir" >&2
exit 1
