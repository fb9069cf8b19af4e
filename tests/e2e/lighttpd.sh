#!/bin/bash
# The responder behind a real lighttpd, as conf/lighttpd.conf sets it up.
. "$(dirname "$0")/common.sh"
port=$(free_port)

start_web() {
	sed -e "s|^var.program = .*|var.program = \"$dir/bin/batch.fcgi\"|" \
		-e "s|^var.config  = .*|var.config = \"$dir/batch.conf\"|" \
		-e "s|^var.run     = .*|var.run = \"$dir/run\"|" \
		-e "s|^var.root    = .*|var.root = \"$dir/www\"|" \
		-e "s|^server.port = .*|server.port = $port|" "$top/conf/lighttpd.conf" >"$dir/lighttpd.conf"
	"${as[@]}" lighttpd -D -f "$dir/lighttpd.conf" 2>>"$dir/lighttpd.log" &
	web=$!
	wait_for 10 web_answers
}

stop_web() {
	kill "$web" 2>/dev/null
	wait "$web" 2>/dev/null
	cp "$dir"/run/*.log "$dir/" 2>/dev/null
}

prepare ''
fake_up
start_web
common_cases
# to a client that reads slowly, too: what it has not read yet is in files
curl -s --limit-rate 50M "http://127.0.0.1:$port/engine-rest/job/huge/stacktrace" | wc -c >"$dir/slow"
check "a slow client gets a very long answer whole" grep -qx 104857600 "$dir/slow"
lighttpd_small() {
	local peak
	peak=$(awk '/VmHWM/ {print $2}' "/proc/$web/status")
	[ "$peak" -lt 16384 ] || { echo "peak $peak kB"; return 1; }
}
check "lighttpd stays small" lighttpd_small
expect 400 '*' GET '/engine-rest/batch/%00'
expect 404 '*' GET '/engine-rest/batch/../batch'
expect 404 '*' GET /engine-restless
expect 411 '*' POST $delete -H "$json" -H 'Content-Length:'
away_cases

# a responder that dies costs one request at most, and is replaced
before=$(responders | sort | tr '\n' ' ')
for pid in $(responders); do
	[ "$(awk '{print $4}' "/proc/$pid/stat")" = "$web" ] || kill -KILL "$pid"
done
wait_for 5 web_is_back
check "killed responders are replaced" test "$(responders | sort | tr '\n' ' ')" != "$before"
expect 200 '*7.24.0*' GET /engine-rest/version

# a graceful restart loses no request
before=$(responders | sort | tr '\n' ' ')
kill -USR1 "$web"
bad=0
for _ in $(seq 50); do
	request GET /engine-rest/version
	[ "$status" = 200 ] || bad=$((bad + 1))
done
check "a graceful restart loses no request" test $bad = 0
others() {
	[ -n "$(responders)" ] && [ -z "$(comm -12 <(tr ' ' '\n' <<<"$before" | grep .) <(responders | sort))" ]
}
check "and replaces all responders" wait_for 15 others

# the whole family goes with its web server, even after SIGKILL
kill -KILL "$web"
wait "$web" 2>/dev/null
check "no responder outlives its web server" wait_for 10 no_responders
start_web
expect 200 '*7.24.0*' GET /engine-rest/version
stop_web
check "all end with the web server" wait_for 10 no_responders

real_cases

# users
user=$(perl -e 'print crypt("secret", "\$6\$saltsalt\$")')
slow=$(perl -e 'print crypt("secret", "\$y\$j9T\$saltsaltsaltsalt\$")')
printf 'demo:%s\nold:$apr1$x$y\nslow:%s\n' "$user" "$slow" >"$dir/users"
printf 'auth = basic\nauthFile = users\n' >>"$dir/batch.conf"
start_web
expect 401 '' GET /engine-rest/version
check "401 asks for a password" grep -qi '^WWW-Authenticate: Basic realm="default"' "$dir/head"
expect 401 '' GET /engine-rest/nothing
expect 401 '' GET /engine-rest/version -u demo:wrong
expect 401 '' GET /engine-rest/version -u nobody:secret
expect 401 '' GET /engine-rest/version -u old:secret
expect 200 '*7.24.0*' GET /engine-rest/version -u demo:secret
expect 200 '*7.24.0*' GET /engine-rest/version -u slow:secret
expect 401 '' GET /engine-rest/version -u slow:wrong
expect 200 '*"user":"demo"*' POST $delete -H "$json" -d '{}' -u demo:secret
printf 'other:%s\n' "$user" >"$dir/users.new"
mv "$dir/users.new" "$dir/users"
expect 401 '' GET /engine-rest/version -u demo:secret
expect 200 '*7.24.0*' GET /engine-rest/version -u other:secret
check "Apache's own hashes are refused with a message" grep -q 'apr1\|own hash formats' \
	"$dir/run/batch.fcgi.log"
stop_web
