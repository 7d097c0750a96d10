#!/usr/bin/env bash
# tests/services.sh COMMAND…: runs it with the distribution's PostgreSQL and Redis, started for it on free ports of the loopback
# and stopped after it. Installs them when it may (as root, with apt); otherwise says what to install, and fails.
set -euo pipefail

find_binaries() {
    postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
    if [ -z "$postgres_bin" ] && command -v initdb >/dev/null; then postgres_bin=$(dirname "$(command -v initdb)"); fi
    redis_bin=$(command -v redis-server || true)
    [ -n "$postgres_bin" ] && [ -n "$redis_bin" ]
}

if ! find_binaries; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "These tests need PostgreSQL 15 or newer and Redis: sudo apt install postgresql redis-server" >&2
        exit 1
    fi
    echo "Installing postgresql and redis-server …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends postgresql redis-server >/dev/null
    find_binaries
fi

folder=$(mktemp -d /tmp/grove.XXXXXX)
as_postgres=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
    as_postgres=(runuser -u postgres --)
    chown postgres "$folder"
fi

stop() {
    status=$?
    trap - EXIT INT TERM HUP
    if [ -n "${redis_pid:-}" ]; then kill "$redis_pid" 2>/dev/null && wait "$redis_pid" 2>/dev/null || true; fi
    "${as_postgres[@]}" "$postgres_bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

free_ports=$(python3 -c 'import socket
probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[probe.getsockname()[1] for probe in probes])')
read -r postgres_port redis_port <<<"$free_ports"

cd "$folder"
"${as_postgres[@]}" "$postgres_bin/initdb" -D "$folder/data" -U grove -A trust -E UTF8 --locale C.UTF-8 >/dev/null
"${as_postgres[@]}" "$postgres_bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
    -o "-h 127.0.0.1 -p $postgres_port -k $folder -c fsync=off -c max_connections=200" start >/dev/null || { cat "$folder/log" >&2; exit 1; }
redis-server --bind 127.0.0.1 --port "$redis_port" --save '' --appendonly no --dir "$folder" --daemonize no >"$folder/redis.log" 2>&1 &
redis_pid=$!
cd - >/dev/null

export DATABASE_URL="postgresql://grove@127.0.0.1:$postgres_port/postgres"
export CELERY_BROKER_URL="redis://127.0.0.1:$redis_port/0"
export CACHE_URL="redis://127.0.0.1:$redis_port/1"
for _ in $(seq 50); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$redis_port") 2>/dev/null; then break; fi
    sleep 0.1
done
echo "On PostgreSQL $("$postgres_bin/postgres" --version | grep -oE '[0-9.]+' | head -n 1) and Redis $(redis-server --version | grep -oE 'v=[0-9.]+' | cut -c3-):"
"$@"
