#!/bin/sh
# The tests' own PostgreSQL: a cluster in a new folder, reached through a socket there. Says "ready FOLDER PROGRAMS"; ends, and
# takes the folder along, when its standard input ends, as it does with whoever started it.
#   postgres.sh PORT   one that is reached through the network of this machine, by TLS and the password of the user rota alone
set -eu
port=${1:-}
if [ -n "$port" ] && [ -z "${DOGWATCH_TEST_KEY:-}" ]; then
  # Read now: whoever runs it from here on may not reach them.
  fixtures=$(dirname "$0")/../../fixtures/tls
  DOGWATCH_TEST_KEY=$(cat "$fixtures/server.key")
  DOGWATCH_TEST_CERTIFICATE=$(cat "$fixtures/server.pem")
  export DOGWATCH_TEST_KEY DOGWATCH_TEST_CERTIFICATE
fi
if [ "$(id -u)" = 0 ]; then
  # PostgreSQL refuses to run as root.
  id postgres >/dev/null 2>&1 || { echo "there is no user postgres (Debian: apt-get install postgresql)" >&2; exit 1; }
  exec setpriv --reuid=postgres --regid=postgres --clear-groups sh -c "$(cat "$0")" sh ${port:+"$port"}
fi
trap '' HUP INT TERM

# In the path, or where Debian puts them, the newest first.
programs=
for folder in $(echo "$PATH" | tr : ' ') $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
  if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ] && [ -x "$folder/psql" ]; then programs=$folder; break; fi
done
[ -n "$programs" ] || { echo "PostgreSQL is missing (Debian: apt-get install postgresql)" >&2; exit 1; }

# In memory where there is a gibibyte to spare: making and dropping a database syncs hundreds of files.
free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1 | tr -d ' ') || free=0
if [ "${free:-0}" -gt 1048576 ]; then base=/dev/shm; else base=/tmp; fi
cluster=$(mktemp -d "$base/dogwatch-pg-XXXXXX")
cd "$cluster"
fail() { cat log >&2; cd / && rm -rf "$cluster"; exit 1; }
# Its own locale orders texts as people do, so that whatever should be ordered by bytes must say so.
"$programs/initdb" -D data -U postgres -A trust -E UTF8 --no-locale --locale-provider=icu --icu-locale=en-US --no-sync \
  >log 2>&1 || fail
listen="-c listen_addresses=''"
if [ -n "$port" ]; then
  umask 077
  printf '%s\n' "$DOGWATCH_TEST_KEY" >data/server.key
  printf '%s\n' "$DOGWATCH_TEST_CERTIFICATE" >data/server.crt
  printf 'local all all trust\nhostssl all rota 127.0.0.0/8 scram-sha-256\n' >data/pg_hba.conf
  listen="-c listen_addresses=127.0.0.1,127.0.0.2 -c port=$port -c ssl=on"
fi
"$programs/pg_ctl" -D data -l log -w -s \
  -o "-k '$cluster' $listen -c max_connections=1000 -c jit=off" start >>log 2>&1 || fail
echo "ready $cluster $programs"
# Whoever started it may have the cluster fall, as in a crash, and start again.
while read -r word && [ "$word" = restart ]; do
  "$programs/pg_ctl" -D data -l log -m immediate -w -s restart >>log 2>&1 && echo restarted || echo failed
done
"$programs/pg_ctl" -D data -m immediate -s stop >/dev/null 2>&1 || true
cd / && rm -rf "$cluster"
