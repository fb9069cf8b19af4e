# Sourced by the scripts beside it: a place to work in, servers to start, and what to expect.
#
# Programs are copied to a directory of their own, and as root the servers run as www-data, as they
# would be on a real machine (Apache refuses to run as root).
set -u
export LC_ALL=C TZ=UTC no_proxy=127.0.0.1
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${BATCHD_BUILD:-build/release}
case $bin in /*) ;; *) bin=$top/$bin ;; esac
dir=$(mktemp -d)
passed=0 failed=0 pids=()
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=www-data --regid=www-data --clear-groups)
fi

finish() {
	local pid
	stop_web 2>/dev/null
	for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null; done
	wait 2>/dev/null
	[ $failed = 0 ] || tail -n 30 "$dir"/*.log 2>/dev/null
	rm -rf "$dir"
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}
trap finish EXIT
trap 'exit 1' INT TERM

# A port nobody listens on.
free_port() {
	local port
	for port in $(shuf -i 20000-30000 -n 50); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
	echo "no free port" >&2
	exit 1
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { echo "gave up waiting for: $*" >&2; return 1; }
		sleep 0.02
	done
}

# say_test NAME STATUS: counts one test by an exit status.
say_test() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1"
	fi
}

# check NAME COMMAND...: one test, the command must succeed.
check() {
	local name=$1
	shift
	"$@" >"$dir/check.out" 2>&1
	local status=$?
	[ $status = 0 ] || cat "$dir/check.out"
	say_test "$name" $status
}

# request METHOD PATH [curl options]: $status, $type, $body and $dir/head.
request() {
	local method=$1 path=$2 line
	shift 2
	local how=(-X "$method")
	[ "$method" != HEAD ] || how=(-I)
	line=$(curl -sS --path-as-is -m 30 "${how[@]}" -D "$dir/head" -o "$dir/body" \
		-w '%{http_code} %{content_type}' "$@" "http://127.0.0.1:$port$path" 2>"$dir/curl")
	curl_status=$?
	status=${line%% *} type=${line#* } body=$(head -c 4096 "$dir/body" 2>/dev/null | tr -d '\0')
	[ "$method" != HEAD ] || body=
}

# expect STATUS PATTERN METHOD PATH [curl options]: one test; the body must match the pattern.
expect() {
	local want=$1 pattern=$2
	shift 2
	: >"$dir/body"
	request "$@"
	# shellcheck disable=SC2053
	if [ "$status" = "$want" ] && [[ $body == $pattern ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1 $2: $status ${body:0:200} (wanted $want $pattern; curl: $(cat "$dir/curl"))"
	fi
}

# Copies programs and configuration to where www-data can read them.
prepare() {
	mkdir -p "$dir/bin" "$dir/run" "$dir/home" "$dir/www"
	cp "$bin/batch.fcgi" "$dir/bin/"
	[ -n "${FAKE_ONLY:-}" ] || cp "$bin/batchd" "$bin/batchctl" "$dir/bin/" || exit 1
	cc -std=c11 -D_GNU_SOURCE -I"$top" -O1 -pthread -o "$dir/bin/fake_batchd" \
		"$top/tests/e2e/fake_batchd.c" "$top/core/link/frame.c" "$top/core/link/operation.c" \
		"$top"/storage/{error,arena,buffer,log,clock,uuid}.c || exit 1
	cat >"$dir/batch.conf" <<-END
		home = $dir/home
		socket = $dir/run/batchd.sock
		requestTimeout = 2
		maxBodySize = 50M
		maxDecompressedSize = 100M
		$1
	END
	chmod 755 "$dir"
	[ ${#as[@]} = 0 ] || chown -R www-data:www-data "$dir/run" "$dir/home"
}

# said_ready LOG N: a program has said more than N times that it accepts connections
said_ready() {
	[ "$(grep -c 'info: ready' "$1")" -gt "$2" ]
}

# ready_count LOG: how often so far
ready_count() {
	touch "$1"
	grep -c 'info: ready' "$1"
}

fake_up() {
	local before
	before=$(ready_count "$dir/fake.log")
	"${as[@]}" "$dir/bin/fake_batchd" "$dir/run/batchd.sock" 2>>"$dir/fake.log" &
	fake=$!
	pids+=("$fake")
	wait_for 5 said_ready "$dir/fake.log" "$before"
}

# fake_down [SIGNAL]
fake_down() {
	kill -s "${1:-TERM}" "$fake" 2>/dev/null
	wait "$fake" 2>/dev/null
}

batchd_up() {
	local before
	before=$(ready_count "$dir/batchd.log")
	"${as[@]}" "$dir/bin/batchd" -c "$dir/batch.conf" 2>>"$dir/batchd.log" &
	batchd=$!
	pids+=("$batchd")
	wait_for 20 said_ready "$dir/batchd.log" "$before"
}

socket_answers() {
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$dir/run/fcgi.sock"
}

# responder_up OPTIONS: at a socket of its own
responder_up() {
	"${as[@]}" "$dir/bin/batch.fcgi" -c "$dir/batch.conf" --socket "$dir/run/fcgi.sock" "$@" \
		2>>"$dir/batch.fcgi.log" &
	web=$!
	pids+=("$web")
	wait_for 5 socket_answers
}

# responders: pids of those that this script's web server started.
responders() {
	local pid exe
	for pid in /proc/[0-9]*; do
		exe=$(readlink "$pid/exe" 2>/dev/null) || continue
		[ "${exe% (deleted)}" != "$dir/bin/batch.fcgi" ] || echo "${pid#/proc/}"
	done
}

no_responders() {
	[ -z "$(responders)" ]
}

web_answers() {
	curl -s -m 2 -o /dev/null "http://127.0.0.1:$port/engine-rest/version"
}

json='Content-Type: application/json'
delete=/engine-rest/history/process-instance/delete

# What must be the same behind every web server, with the fake batchd up.
common_cases() {
	expect 200 '{"version":"7.24.0"}' GET /engine-rest/version
	expect 200 '{"version":"7.24.0"}' GET /engine-rest/version/
	expect 200 '{"version":"7.24.0"}' GET /engine-rest/engine/default/version
	expect 404 '{"type":"NotFoundException","message":"HTTP 404 Not Found","code":null}' \
		GET /engine-rest/nothing
	expect 404 '*HTTP 404 Not Found*' GET /engine-rest
	expect 404 '*HTTP 404 Not Found*' GET /engine-rest/engine/default
	expect 400 '*No process engine available*' GET /engine-rest/engine/unknown/batch/count
	expect 404 '*HTTP 404 Not Found*' GET /engine-rest/engine/unknown/nothing/deep
	expect 400 '*No process engine available*' GET /engine-rest/engine/unknown/batch/x/y/z
	expect 400 '*No process engine available*' DELETE /engine-rest/engine/unknown/job/x
	expect 405 '*HTTP 405 Method Not Allowed*' DELETE /engine-rest/engine/unknown/batch/count
	expect 405 '{"type":"NotAllowedException","message":"HTTP 405 Method Not Allowed","code":null}' \
		POST /engine-rest/version -d ''
	check "405 says what is allowed" grep -qi '^Allow: HEAD,GET,OPTIONS' "$dir/head"
	expect 200 '' OPTIONS /engine-rest/version
	check "OPTIONS says what is allowed" grep -qi '^Allow: HEAD,GET,OPTIONS' "$dir/head"
	expect 406 '*HTTP 406 Not Acceptable*' GET /engine-rest/version -H 'Accept: text/html'
	expect 415 '*HTTP 415 Unsupported Media Type*' POST $delete -H 'Content-Type: text/plain' -d '{}'
	expect 404 '{"message":"no such id"}' PUT /engine-rest/process-definition/key/unknown/restart-async -d ''
	expect 405 '*HTTP 405 Method Not Allowed*' PUT /engine-rest/process-definition/key/x/restart-async -d ''
	expect 200 '{"version":*' GET '/engine-rest/version?a=%zz&b=%&c=%ff&d=%0a'

	expect 200 '' HEAD /engine-rest/version
	check "HEAD has the length of GET" grep -qi '^Content-Length: 20' "$dir/head"
	expect 404 '' HEAD /engine-rest/nothing
	request GET /engine-rest/version
	check "GET must not be cached" grep -qi '^Cache-Control: no-cache' "$dir/head"

	expect 200 '{"received":7,*' POST $delete -H "$json" -d '{"a":1}'
	expect 200 '{"received":2,*' POST $delete -H "$json" -d ''
	expect 400 '{"type":"InvalidRequestException","message":"","code":null}' \
		POST $delete -H "$json" -d '{"a":1'
	expect 400 '*"message":"",*' POST $delete -H "$json" -d '{} x'
	printf '{"a":[1,2,3]}' | gzip >"$dir/small.gz"
	expect 200 '{"received":13,*' POST $delete -H "$json" -H 'Content-Encoding: gzip' \
		--data-binary "@$dir/small.gz"
	head -c 20 "$dir/small.gz" >"$dir/cut.gz"
	expect 400 '*not a gzip file*' POST $delete -H "$json" -H 'Content-Encoding: gzip' \
		--data-binary "@$dir/cut.gz"
	expect 415 '*Content-Encoding*' POST $delete -H "$json" -H 'Content-Encoding: br' -d '{}'

	awk 'BEGIN { printf "{\"ids\":[\"0\""; for (i = 0; i < 1000000; i++)
		printf ",\"%08d-1111-1111-1111-111111111111\"", i; print "]}" }' >"$dir/million.json"
	expect 200 "{\"received\":$(stat -c %s "$dir/million.json"),*" POST $delete -H "$json" \
		--data-binary "@$dir/million.json"
	expect 200 "{\"received\":$(stat -c %s "$dir/million.json"),*" POST $delete -H "$json" \
		-H 'Transfer-Encoding: chunked' --data-binary "@$dir/million.json"
	check "a responder stays small" responders_small
	head -c 60000000 /dev/zero | tr '\0' ' ' >"$dir/large"
	expect 413 '*"type":"RestException"*' POST $delete -H "$json" --data-binary "@$dir/large"
	{ echo '[0'; yes ',0' | head -c 120000000; echo ']'; } | gzip -1 >"$dir/bomb.gz"
	expect 413 '*"type":"RestException"*' POST $delete -H "$json" -H 'Content-Encoding: gzip' \
		--data-binary "@$dir/bomb.gz"
	rm -f "$dir/large" "$dir/bomb.gz" "$dir/million.json"

	request GET /engine-rest/job/big/stacktrace
	check "a long answer arrives whole" test "$(stat -c %s "$dir/body")" = 3145728
	request GET /engine-rest/job/huge/stacktrace
	check "a very long answer arrives whole" test "$(stat -c %s "$dir/body")" = 104857600
	expect 200 '' HEAD /engine-rest/job/huge/stacktrace
	if [ "${cuts_are_seen:-yes}" = yes ]; then
		request GET /engine-rest/job/broken/stacktrace
		check "an answer that batchd breaks off is seen to break off" test "$curl_status" != 0
		request GET /engine-rest/job/torn/stacktrace
		check "an answer that a crash breaks off is seen to break off" test "$curl_status" != 0
	fi
	expect 504 '*did not answer in time*' GET /engine-rest/job/slow/stacktrace
	expect 200 '*7.24.0*' GET /engine-rest/version
	rm -f "$dir/body"
}

# Peak memory of every responder in kB, after the largest requests.
responders_small() {
	local pid peak
	for pid in $(responders); do
		peak=$(awk '/VmHWM/ {print $2}' "/proc/$pid/status")
		[ "$peak" -lt "${RESPONDER_KB:-12288}" ] || { echo "peak $peak kB"; return 1; }
	done
}

# batchd goes away, comes back, dies in the middle.
away_cases() {
	fake_down KILL
	expect 503 '{"type":"RestException","message":"batchd is not running","code":null}' \
		GET /engine-rest/version
	check "503 says when to come again" grep -qi '^Retry-After: 1' "$dir/head"
	expect 503 '*not running*' POST $delete -H "$json" -d '{}'
	fake_up
	wait_for 5 web_is_back
	expect 200 '*7.24.0*' GET /engine-rest/version
	expect 200 '{"received":2,*' POST $delete -H "$json" -d '{}'
	fake_down
	fake_up
	expect 200 '*7.24.0*' GET /engine-rest/version
	expect 200 '*7.24.0*' GET /engine-rest/version
	fake_down
	fake_up
	expect 200 '{"received":2,*' POST $delete -H "$json" -d '{}'
	expect 200 '{"received":2,*' POST $delete -H "$json" -d '{}'
	expect 502 '*ended before it answered*' POST "/engine-rest/job/die/execute" -d ''
	fake_up
	expect 200 '*7.24.0*' GET /engine-rest/version
}

web_is_back() {
	[ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/engine-rest/version")" = 200 ]
}

count_of() {
	curl -s -m 10 "http://127.0.0.1:$port/engine-rest$1" | jq -r '.count // -1'
}

no_batch() {
	[ "$(count_of /batch/count)" = 0 ]
}

# The main job with the real batchd: real history comes in, what is finished goes as a batch.
real_cases() {
	[ -z "${FAKE_ONLY:-}" ] || return 0
	local all finished batches data=$top/tests/conformance/dataset/company.ndjson
	fake_down
	sed -i 's/^requestTimeout = .*/requestTimeout = 20/' "$dir/batch.conf"
	echo 'batchPollTime = 1' >>"$dir/batch.conf"
	stop_web
	wait_for 20 no_responders
	batchd_up
	start_web
	expect 200 '{"version":"7.24.0"}' GET /engine-rest/version
	expect 200 '{"count":0}' GET /engine-rest/history/process-instance/count
	expect 400 '*historicProcessInstanceIds is empty*' POST $delete -H "$json" -d '{}'
	expect 400 '{"type":"InvalidRequestException","message":"","code":null}' \
		POST $delete -H "$json" -d '[]'
	cp "$data" "$dir/data.ndjson"
	check "history is imported" "${as[@]}" "$dir/bin/batchctl" -c "$dir/batch.conf" import "$dir/data.ndjson"
	all=$(count_of /history/process-instance/count)
	finished=$(count_of '/history/process-instance/count?finished=true')
	batches=$(count_of /history/batch/count)
	check "all of it" test "$all" = "$(grep -c '^{"processInstance"' "$data")"
	expect 200 '{"id":"*' POST $delete -H "$json" -d '{"historicProcessInstanceQuery":{"finished":true}}'
	check "the batch ends" wait_for 30 no_batch
	expect 200 '{"count":0}' GET '/engine-rest/history/process-instance/count?finished=true'
	expect 200 "{\"count\":$((all - finished))}" GET /engine-rest/history/process-instance/count
	check "the batch is history" test "$(count_of /history/batch/count)" = $((batches + 1))

	kill -KILL "$batchd"
	wait "$batchd" 2>/dev/null
	expect 503 '*batchd is not running*' GET /engine-rest/history/process-instance/count
	batchd_up
	wait_for 5 web_is_back
	expect 200 "{\"count\":$((all - finished))}" GET /engine-rest/history/process-instance/count
	kill "$batchd"
	wait "$batchd" 2>/dev/null
	say_test "batchd ends cleanly" $?
	stop_web
	fake_up
}
