# Starts and ends batchd and lighttpd for tests and for `make run`. Sourced by bash scripts.
#
# The caller sets `var` (a directory for state) and `bin` (where the programs are). What runs is
# known by its pid file NAME.pid in $var, so that a later script can end what an earlier began.

# lighttpd is where only root looks
PATH=$PATH:/usr/sbin

# process_state PID: R, S, Z ... and nothing when there is no such process.
process_state() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	stat=${stat##*) }
	echo "${stat:0:1}"
}

# True when the process of $var/NAME.pid runs. Pids come round again, hence the look at its name.
server_runs() {
	local pid comm
	{ read -r pid <"$var/$1.pid" && read -r comm <"/proc/$pid/comm"; } 2>/dev/null || return 1
	[ "$comm" = "$1" ] && [ "$(process_state "$pid")" != Z ]
}

# server_is_gone NAME: it does not run, nor a moment later: one look has been wrong before.
server_is_gone() {
	server_runs "$1" && return 1
	sleep 0.05
	! server_runs "$1"
}

# server_end NAME [SIGNAL]: ends it and waits until it has gone; SIGKILL after ten seconds.
server_end() {
	local pid tries=0
	server_runs "$1" || { rm -f "$var/$1.pid"; return 0; }
	read -r pid <"$var/$1.pid"
	kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
	while server_runs "$1"; do
		[ $((++tries)) -lt 1000 ] || {
			echo "$1 ($pid) does not end: killed" >&2
			kill -s KILL "$pid"
			tries=0
		}
		sleep 0.01
	done
	rm -f "$var/$1.pid"
}

# server_spawn NAME COMMAND...: in a session of its own, output to $var/NAME.log.
server_spawn() {
	local name=$1
	shift
	setsid "$@" </dev/null >"$var/$name.log" 2>&1 &
	echo $! >"$var/$name.pid"
	disown
	# its pid bears another name until exec
	until server_runs "$name" || [ "$(process_state $!)" = Z ] || [ ! -e /proc/$! ]; do
		sleep 0.001
	done
}

# await SECONDS WHAT COMMAND...: until the command succeeds; a message when it does not in time.
await() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)) what=$2
	shift 2
	until "$@"; do
		[ "${EPOCHREALTIME/[.,]/}" -lt $end ] || { echo "$what" >&2; return 1; }
		sleep 0.005
	done
}

# batchd_is_ready: it said so. Fails for good, with what it said, when it has ended.
batchd_is_ready() {
	grep -q 'info: ready' "$var/batchd.log" && return 0
	server_is_gone batchd || return 1
	echo "batchd does not start:" >&2
	cat "$var/batchd.log" >&2
	exit 1
}

# batchd_start [-o NAME=VALUE]...: with $var/batch.conf; returns when it accepts connections.
batchd_start() {
	server_spawn batchd "$bin/batchd" -c "$var/batch.conf" "$@"
	await 60 "batchd is not ready" batchd_is_ready
}

port_answers() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

lighttpd_is_up() {
	port_answers "$1" && return 0
	server_is_gone lighttpd || return 1
	echo "lighttpd does not start:" >&2
	cat "$var/lighttpd.log" >&2
	exit 1
}

# lighttpd_start PORT: in front of the responder, which finds batchd by $var/batch.conf.
lighttpd_start() {
	! port_answers "$1" || { echo "port $1 is in use (PORT= chooses another)" >&2; return 1; }
	lighttpd_conf "$1" >"$var/lighttpd.conf"
	server_spawn lighttpd lighttpd -D -f "$var/lighttpd.conf"
	await 10 "lighttpd does not answer" lighttpd_is_up "$1"
}

# The configuration that we ship, with the places and the port of a test.
lighttpd_conf() {
	sed -E -e "s|^(var\.program *=).*|\1 \"$bin/batch.fcgi\"|" \
		-e "s|^(var\.config *=).*|\1 \"$var/batch.conf\"|" \
		-e "s|^(var\.(run\|root) *=).*|\1 \"$var\"|" \
		-e "s|^(server\.port *=).*|\1 $1|" \
		-e 's|"TZ" \)|"TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS" )|' \
		"$(dirname "${BASH_SOURCE[0]}")/../conf/lighttpd.conf"
}
