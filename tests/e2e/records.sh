#!/bin/bash
# Malformed FastCGI records, and who may connect at all; no web server.
FAKE_ONLY=1
. "$(dirname "$0")/common.sh"

stop_web() {
	[ -z "${web:-}" ] || kill "$web" 2>/dev/null
}

prepare 'readTimeout = 1'
fake_up
responder_up --prefork 2
sums=$(python3 "$top/tests/e2e/records.py" "$dir/run/fcgi.sock" | tee "$dir/records.out" | tail -n 1)
cat "$dir/records.out" | grep FAILED
read -r good _ bad _ <<<"$sums"
passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-1}))
check "batchd was told who had gone" test "$(grep -c 'left alone' "$dir/fake.log")" -ge 2
check "nothing crashed" bash -c "! grep 'ended by signal' '$dir/batch.fcgi.log'"

# a responder that was told to end ends at once
kill -TERM "$web"
check "ends on SIGTERM" wait_for 3 no_responders

# one process serves many: ask URI FILE
ask() {
	python3 "$top/tests/e2e/waiter.py" "$dir/run/fcgi.sock" "/engine-rest$1" >"$dir/$2"
}

# asked N: batchd works on N slow requests more than before
asked() {
	[ "$(grep -c 'is slow' "$dir/fake.log")" -ge $((slow_before + $1)) ]
}

# ask_slowly N: in the background, $slow
ask_slowly() {
	slow=()
	slow_before=$(grep -c 'is slow' "$dir/fake.log")
	for i in $(seq "$1"); do
		ask /job/slow/stacktrace "slow.$i" &
		slow+=($!)
	done
}

answered() {
	ask /version version
	grep -q '7.24.0' "$dir/version"
}

responder_up --prefork 1 -o requestTimeout=30
ask_slowly 12
check "twelve requests are with batchd at a time" wait_for 5 asked 12
check "who comes beside them is answered" answered
check "before they are" kill -0 "${slow[@]}"
kill -TERM "$web"
wait "${slow[@]}"
check "who ends answers them first" test "$(grep -l 'trace' "$dir"/slow.* | wc -l)" = 12
check "and then ends" wait_for 3 no_responders

responder_up --prefork 1 -o threads=4
ask_slowly 12
check "no more are with batchd than it has threads for" wait_for 5 asked 3
check "the others wait for their turn" wait_for 30 asked 12
check "who comes after them, too" answered
wait "${slow[@]}"
kill "$web"
wait_for 5 no_responders

if [ ${#as[@]} -gt 0 ]; then
	echo 'webServerUsers = games' >>"$dir/batch.conf"
	responder_up
	setpriv --reuid=nobody --clear-groups perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new($ARGV[0]) or exit 2;
		exit(defined($s->getline) ? 3 : 0)' "$dir/run/fcgi.sock"
	say_test "strangers may connect and are not served" $?
	check "and are told so in the log" grep -q 'refused a connection of uid' "$dir/batch.fcgi.log"
	kill "$web"
fi
