#!/bin/bash
# The responder behind a real Apache with mod_fcgid: conf/apache-fcgid.conf, then conf/htaccess.
. "$(dirname "$0")/common.sh"
port=$(free_port)
modules=/usr/lib/apache2/modules
# mod_fcgid ends an answer that breaks off as if it were whole: conf/apache-fcgid.conf says so
cuts_are_seen=no

# What a distribution's apache2.conf would say, in a directory of our own; $1 is the rest.
apache_conf() {
	cat <<-END
		ServerRoot $dir/run
		ServerName localhost
		PidFile $dir/run/apache.pid
		DefaultRuntimeDir $dir/run
		Mutex file:$dir/run default
		ErrorLog $dir/run/apache.log
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule alias_module $modules/mod_alias.so
		LoadModule env_module $modules/mod_env.so
		LoadModule headers_module $modules/mod_headers.so
		LoadModule rewrite_module $modules/mod_rewrite.so
		LoadModule dir_module $modules/mod_dir.so
		LoadModule fcgid_module $modules/mod_fcgid.so
		FcgidIPCDir $dir/run
		FcgidProcessTableFile $dir/run/fcgid_shm
		DocumentRoot $dir/www
		$1
	END
}

start_web() {
	"${as[@]}" apache2 -DFOREGROUND -f "$dir/apache.conf" 2>>"$dir/apache-start.log" &
	web=$!
	wait_for 15 web_answers
}

stop_web() {
	kill "$web" 2>/dev/null
	wait "$web" 2>/dev/null
	wait_for 20 no_responders
	cp "$dir"/run/apache.log "$dir/" 2>/dev/null
}

# use_host [SED EXPRESSION]: the virtual host of conf/, changed a little
use_host() {
	sed -e "s|^Define BATCH_PROGRAM .*|Define BATCH_PROGRAM $dir/bin/batch.fcgi|" \
		-e "s|^Define BATCH_CONFIG .*|Define BATCH_CONFIG $dir/batch.conf|" \
		-e "s|127.0.0.1:8080|127.0.0.1:$port|" -e "${1:-}" \
		"$top/conf/apache-fcgid.conf" >"$dir/host.conf"
	apache_conf "Include $dir/host.conf" >"$dir/apache.conf"
}

prepare ''
fake_up
use_host
start_web
common_cases
away_cases

# mod_fcgid's own ways to end a process: none costs a request that did not wait for it
for pid in $(responders); do kill -TERM "$pid"; done
expect 200 '*7.24.0*' GET /engine-rest/version
for pid in $(responders); do kill -KILL "$pid"; done
wait_for 10 web_is_back
expect 200 '*7.24.0*' GET /engine-rest/version
stop_web
check "all end with the web server" wait_for 20 no_responders

real_cases

# short lives: after 20 requests, after a second, when idle
use_host 's/FcgidMaxRequestsPerProcess 0/FcgidMaxRequestsPerProcess 20/
	s/FcgidProcessLifeTime 0/FcgidProcessLifeTime 1/
	s/FcgidIdleTimeout 0/FcgidIdleTimeout 1/
	s/FcgidMinProcessesPerClass 4/FcgidMinProcessesPerClass 0/
	s/^FcgidMaxProcesses 64/&\nFcgidZombieScanInterval 1\nFcgidIdleScanInterval 1/'
start_web
bad=0
for _ in $(seq 60); do
	request GET /engine-rest/version
	[ "$status" = 200 ] || bad=$((bad + 1))
done
check "processes of twenty requests lose none" test $bad = 0
check "idle processes are ended" wait_for 20 no_responders
expect 200 '*7.24.0*' GET /engine-rest/version
stop_web

# a shared host: nothing but an .htaccess and a script
mkdir -p "$dir/www/api"
cp "$top/conf/htaccess" "$dir/www/api/.htaccess"
printf '#!/bin/sh\nexec %s -c %s\n' "$dir/bin/batch.fcgi" "$dir/batch.conf" >"$dir/www/api/api.fcgi"
chmod 755 "$dir/www/api/api.fcgi"
echo 'basePath = /api/engine-rest' >>"$dir/batch.conf"
apache_conf "Listen 127.0.0.1:$port
		<Directory $dir/www>
			AllowOverride All
			Require all granted
		</Directory>" >"$dir/apache.conf"
web_answers() {
	curl -s -m 2 -o /dev/null "http://127.0.0.1:$port/api/engine-rest/version"
}
start_web
expect 200 '*7.24.0*' GET /api/engine-rest/version
expect 404 '*HTTP 404 Not Found*' GET /api/engine-rest/nothing
expect 200 '{"received":7,*' POST "/api$delete" -H "$json" -d '{"a":1}'
expect 403 '*' GET /api/batch.conf
head -c 200000 /dev/zero | tr '\0' ' ' >"$dir/large"
expect 500 '*' POST "/api$delete" -H "$json" --data-binary "@$dir/large"
user=$(perl -e 'print crypt("secret", "\$6\$saltsalt\$")')
printf 'demo:%s\n' "$user" >"$dir/users"
printf 'auth = basic\nauthFile = users\n' >>"$dir/batch.conf"
stop_web
start_web
expect 401 '' GET /api/engine-rest/version
expect 200 '*7.24.0*' GET /api/engine-rest/version -u demo:secret
stop_web
