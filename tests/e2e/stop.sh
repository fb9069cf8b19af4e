#!/bin/bash
# Long requests: whoever asked leaves, or an administrator stops them; then batchd works on them no
# longer. With the real batchd and a responder without web server.
. "$(dirname "$0")/common.sh"
ctl=("${as[@]}" "$dir/bin/batchctl" -c "$dir/batch.conf")
count=/history/activity-instance/count
asked="$count?activityType=userTask" # every record is read for it, the first time
asked_anew="$count?activityNameLike=%25e%25"
instances=120000

stop_web() {
	[ -z "${web:-}" ] || kill "$web" 2>/dev/null
}

# listed OPERATION: batchd is at it; sets $id
listed() {
	id=$("${ctl[@]}" status --verbose | sed -n "s|^request \([0-9]*\): $1.*|\1|p" | head -n 1)
	[ -n "$id" ]
}

unlisted() {
	! listed "$1"
}

# ask URI: in the background; $asker
ask() {
	python3 "$top/tests/e2e/waiter.py" "$dir/run/fcgi.sock" "/engine-rest$1" >"$dir/answer" &
	asker=$!
}

prepare ''
batchd_up
responder_up
"${ctl[@]}" sample $instances | "${ctl[@]}" import - >"$dir/check.out"
ask "$asked"
wait "$asker"
check "the answer, when nobody interferes" grep -q '{"count":[1-9]' "$dir/answer"

# the client leaves while batchd computes; it is held still meanwhile, or it might be done before
ask "$asked_anew"
wait_for 10 listed "GET $count"
kill -STOP "$batchd"
kill -KILL "$asker"
wait "$asker" 2>/dev/null
kill -CONT "$batchd"
check "batchd notices that the caller has gone" \
	wait_for 10 grep -q "GET $count: the caller has gone" "$dir/batchd.log"
check "and is at it no longer" unlisted "GET $count"

# who is stopped before the answer has begun is told so
ask "$asked_anew"
wait_for 10 listed "GET $count"
kill -STOP "$batchd"
"${ctl[@]}" stop "$id" &
stopper=$!
kill -CONT "$batchd"
wait "$stopper"
say_test "a request is stopped that has not answered yet" $?
wait "$asker"
check "its client reads 503, and why" grep -q '503.*"The request was stopped"' <(tr -d '\r\n' <"$dir/answer")

# who reads nothing of a long answer keeps batchd busy for as long as it likes
"${ctl[@]}" export - 2>/dev/null | sleep 600 &
sleeper=$!
pids+=("$sleeper")
wait_for 10 listed 'batchctl export'
check "a request that takes long is shown" wait_for 10 bash -c \
	'"$@" status | grep -q "^request [0-9]*: batchctl export, [0-9.]* s, "' sh "${ctl[@]}"
check "it can be stopped" "${ctl[@]}" stop "$id"
check "and ends" wait_for 10 unlisted 'batchctl export'
check "the log tells" wait_for 5 grep -q 'batchctl export was stopped after' "$dir/batchd.log"
kill "$sleeper"
check "what is not there cannot be stopped" bash -c '! "$@"' sh "${ctl[@]}" stop "$id"
check "a number is wanted" bash -c '! "$@"' sh "${ctl[@]}" stop it

# the end of batchd does not wait for such a request either
"${ctl[@]}" export - 2>/dev/null | sleep 600 &
pids+=("$!")
wait_for 10 listed 'batchctl export'
kill "$batchd"
wait "$batchd"
say_test "batchd ends although somebody does not read" $?
kill "$web" "${pids[-1]}"
