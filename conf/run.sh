#!/bin/bash
# make run: batchd and lighttpd on 127.0.0.1:$PORT (8080) with a store under var/, and the main job
# done once before your eyes: a query's process instances deleted from history as a batch.
# Keeps serving until Ctrl-C, which stops all that it started; with ONCE=1 it ends after the job.
# Each run deletes from what is left; when nothing is, it makes $SAMPLE (10000) new instances first.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
bin=$(realpath "${BATCHD_BUILD:-$top/build/release}")
port=${PORT:-8080}
var=${BATCHD_VAR:-$top/var}
url=http://127.0.0.1:$port/engine-rest
. "$top/tests/servers.sh"

fail() {
	echo "$1" >&2
	exit 1
}

# rest METHOD PATH [BODY]: prints the answer; anything but 2xx ends the run with what was said.
rest() {
	local answer status
	answer=$(curl -sS --noproxy '*' --max-time 60 -X "$1" -H 'Content-Type: application/json' \
		${3:+-d "$3"} -w '\n%{http_code}' "$url$2") || fail "$1 $2: no answer"
	status=${answer##*$'\n'}
	[[ $status == 2* ]] || fail "$1 $2: $answer"
	printf '%s\n' "${answer%$'\n'*}"
}

count() {
	rest GET "/history/process-instance/count${1:-}" | jq -r .count
}

import() {
	"$bin/batchctl" -c "$var/batch.conf" import "$1"
}

start() {
	mkdir -p "$var"
	! server_runs batchd || fail "a batchd runs on $var already (pid $(cat "$var/batchd.pid"))"
	printf 'home = store\nsocket = batchd.sock\n' >"$var/batch.conf"
	trap stop EXIT
	trap 'echo; exit 0' INT
	trap 'exit 143' TERM HUP
	batchd_start
	lighttpd_start "$port"
}

stop() {
	server_end lighttpd
	server_end batchd
}

# The sample history the first time; made-up history when no finished instance is left.
provide_history() {
	if [ ! -e "$var/imported" ]; then
		echo "importing the sample history"
		import "$top/tests/conformance/dataset/company.ndjson"
		touch "$var/imported"
	elif [ "$(count '?finished=true')" = 0 ]; then
		echo "nothing is left to delete: making ${SAMPLE:-10000} new instances"
		"$bin/batchctl" sample "${SAMPLE:-10000}" | import -
	fi
}

# The process definition key that most of (the first thousand of) the finished instances have.
busiest_definition() {
	rest GET '/history/process-instance?finished=true&maxResults=1000' |
		jq -r 'group_by(.processDefinitionKey) | max_by(length) | .[0].processDefinitionKey'
}

progress() {
	local done=$1 total=$2 micros=$3 width=40 filled=$2
	[ -t 1 ] || return 0
	filled=$((total ? width * done / total : width))
	printf '\r[%-*s] %d/%d  %d instances/s ' $width "$(printf '%*s' $filled '' | tr ' ' '#')" \
		"$done" "$total" $((micros > 0 ? done * 1000000 / micros : 0))
}

# watch_batch ID TOTAL: until the batch has ended; gives up when a minute brings no progress.
watch_batch() {
	local id=$1 total=$2 begin=${EPOCHREALTIME/[.,]/} completed now last=-1 last_at
	last_at=$begin
	while :; do
		now=${EPOCHREALTIME/[.,]/}
		completed=$(rest GET "/batch/statistics?batchId=$id" | jq -r '.[0].completedJobs // "ended"')
		[ "$completed" != ended ] || break
		progress "$completed" "$total" $((now - begin))
		[ "$completed" = "$last" ] || last=$completed last_at=$now
		[ $((now - last_at)) -lt 60000000 ] || fail "the batch makes no progress"
		sleep 0.1
	done
	progress "$total" "$total" $((${EPOCHREALTIME/[.,]/} - begin))
	[ ! -t 1 ] || echo
}

main_job() {
	local key before batch total
	key=$(busiest_definition)
	before=$(count) total=$(count "?finished=true&processDefinitionKey=$key")
	echo "$before process instances in history; deleting the $total finished ones of '$key' as a batch:"
	echo "  POST /history/process-instance/delete"
	batch=$(rest POST /history/process-instance/delete "$(jq -nc --arg key "$key" '{
		deleteReason: "make run", historicProcessInstanceQuery: {finished: true, processDefinitionKey: $key}}')" |
		jq -r .id)
	watch_batch "$batch" "$total"
	rest GET "/history/batch/$batch" | jq .
	echo "process instances before: $before, after: $(count)"
	[ "$(count "?finished=true&processDefinitionKey=$key")" = 0 ] || fail "some of '$key' are left"
}

start
provide_history
main_job
[ -z "${ONCE:-}" ] || exit 0
echo "serving on $url, for example"
echo "  curl '$url/history/process-instance?maxResults=5' | jq ."
echo "Ctrl-C stops it"
while server_runs batchd && server_runs lighttpd; do
	sleep 1
done
fail "a server has ended: $(tail -n 3 "$var/batchd.log")"
