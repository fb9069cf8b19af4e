#!/bin/bash
# A responder that starts batchd, and the sandbox that it enters afterwards; no web server.
FAKE_ONLY=1
. "$(dirname "$0")/common.sh"

stop_web() {
	[ -z "${web:-}" ] || kill "$web" 2>/dev/null
	for pid in $(daemons); do kill "$pid"; done
}

# pids of the fake batchd that this script's responders started
daemons() {
	local pid
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/exe" 2>/dev/null)" != "$dir/bin/fake_batchd" ] || echo "${pid#/proc/}"
	done
}

one_daemon() {
	[ "$(daemons | wc -l)" = 1 ]
}

# fcgi_get PATH: by FastCGI, prints the head and body
fcgi_get() {
	(cd "$top/tests/e2e" && python3 -B -c '
import sys, records
print(records.stdout_of(records.talk(sys.argv[1], records.begin() +
      records.params(REQUEST_URI=sys.argv[2]) + records.body())).decode())' "$dir/run/fcgi.sock" "$1")
}

gets_version() {
	fcgi_get /engine-rest/version | grep -q 7.24.0
}

gets_503() {
	fcgi_get /engine-rest/version | grep -q 'Status: 503'
}

prepare "autostart = yes
batchdPath = $dir/bin/start
autostartTimeout = 3"
printf '#!/bin/sh\n[ "$1 $2" = "-c %s" ] || exit 1\nexec %s %s\n' "$dir/batch.conf" "$dir/bin/fake_batchd" \
	"$dir/run/batchd.sock" >"$dir/bin/start"
chmod 755 "$dir/bin/start"
"${as[@]}" "$dir/bin/batch.fcgi" -c "$dir/batch.conf" --socket "$dir/run/fcgi.sock" --prefork 3 \
	2>>"$dir/batch.fcgi.log" &
web=$!
pids+=("$web")
check "the responder starts batchd" wait_for 5 gets_version
check "only once" one_daemon
first=$(daemons)
check "batchd does not hold the FastCGI socket" test "$(find "/proc/$first/fd" -lname 'socket:*' | wc -l)" -le 4
check "nor standard input" test "$(readlink "/proc/$first/fd/0")" = /dev/null
check "batchd is not a child of the responder" test "$(awk '{print $4}' "/proc/$first/stat")" != "$web"

for pid in $(responders); do
	[ "$pid" != "$web" ] || continue
	check "a responder has no new privileges" grep -q 'NoNewPrivs:.*1' "/proc/$pid/status"
	check "a responder's system calls are filtered" grep -q 'Seccomp:.*2' "/proc/$pid/status"
done

kill -KILL "$first"
wait_for 5 test ! -e "/proc/$first"
check "without batchd the answer is 503" gets_503
check "and batchd is started again" wait_for 10 gets_version
second=$(daemons)
check "it is another one" test -n "$second" -a "$second" != "$first"

kill "$web"
wait_for 5 no_responders
check "batchd outlives the responders" test -e "/proc/$second"
