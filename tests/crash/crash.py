#!/usr/bin/env python3
"""Kills batchd with SIGKILL while it imports, creates batches, executes and purges, and looks what is left.

  crash.py [--kills 20] [--seed N] [--port 8196], of which the next one is Apache's

Each round imports new instances and creates deletion batches over REST at the same time, kills batchd at
a random moment (now and then again while it recovers), starts it and checks that
  - the store opens;
  - every acknowledged batch is there, ends, and its counters are exact;
  - an unacknowledged one has happened wholly or not at all;
  - no instance is half deleted, and none is gone that nobody named;
  - the import, started again, ends with each instance there once.
Every fifth round batchd lives, and its responders die behind an Apache: by the limits of mod_fcgid (five
requests, one second), by its signals (SIGTERM, SIGKILL) and by restarts of the whole server.
Each kill is a test; the last line is "N passed, N failed". Standard library only.
"""
import glob, http.client, json, os, pwd, re, shutil, signal, subprocess, sys, tempfile, threading, time, uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kills import Rounds, kill_until_enough, place
from servers import BIN, PATIENCE, TOP, Api, Wrong, ctl, end, must

ACTIVITIES, VARIABLES = 3, 2           # children of an instance
GENERATION, BATCH = 6000, 10           # instances of an import, of a batch


def instance(ident):
    definition = {'processDefinitionKey': 'crash', 'processDefinitionId': 'crash:1:c0'}
    times = {'startTime': '2025-03-01T08:00:00.000+0000', 'endTime': '2025-03-01T09:00:00.000+0000', 'rootProcessInstanceId': ident}
    return {
        'processInstance': {'id': ident, **definition, **times, 'processDefinitionVersion': 1, 'businessKey': 'b-' + ident[:4],
                            'durationInMillis': 3600000, 'startActivityId': 'a0', 'state': 'COMPLETED'},
        'activityInstances': [{'id': f'a{i}:{ident}', 'parentActivityInstanceId': ident, 'activityId': f'a{i}', 'activityType': 'task',
                               **definition, **times, 'executionId': ident, 'durationInMillis': 3600000, 'canceled': False,
                               'completeScope': False} for i in range(ACTIVITIES)],
        'variables': [{'id': f'v{i}:{ident}', 'name': f'v{i}', 'type': 'String', 'value': ident * (1 + 10 * i), 'valueInfo': {}, **definition,
                       'executionId': ident, 'activityInstanceId': ident, 'state': 'CREATED', 'createTime': times['startTime'],
                       'rootProcessInstanceId': ident} for i in range(VARIABLES)],
    }


class Creator(threading.Thread):
    """Creates deletion batches, one after the other: until the connection breaks or, if `stubborn`, until it is told to stop."""

    def __init__(self, api, free, size, stubborn=False):
        super().__init__(daemon=True)
        self.api, self.free, self.size, self.stubborn = api, free, size, stubborn
        self.acknowledged, self.doubtful, self.wrong = {}, [], None

    def run(self):
        while self.free:
            ids, self.free = self.free[:self.size], self.free[self.size:]
            try:
                status, answer = self.api.call('POST', '/history/process-instance/delete', {'historicProcessInstanceIds': ids})
            except (OSError, http.client.HTTPException, ValueError):    # ValueError: an answer that broke off
                status, answer = 503, None
            if status == 200:
                self.acknowledged[answer['id']] = ids
                continue
            self.doubtful.append(ids)
            if status not in ((500, 502, 503, 504) if self.stubborn else (502, 503, 504)):
                self.wrong = f'creation answered {status}: {answer}'
            if self.wrong or not self.stubborn:
                return

    def stop(self):
        self.free = []


class Apache:
    """mod_fcgid in front of the same batchd: its responders live for five requests or a second"""

    def __init__(self, servers, port):
        self.dir, self.port = os.path.join(servers.var, 'apache'), port
        self.process = None
        os.mkdir(self.dir)
        shutil.copy(f'{BIN}/batch.fcgi', self.dir)
        self.program = os.path.join(self.dir, 'batch.fcgi')
        with open(os.path.join(TOP, 'conf/apache-fcgid.conf'), encoding='utf-8') as f:
            host = f.read()
        for old, new in (('/usr/local/bin/batch.fcgi', self.program), ('/etc/batchd/batch.conf', servers.conf), ('127.0.0.1:8080', f'127.0.0.1:{port}'),
                         ('FcgidMaxRequestsPerProcess 0', 'FcgidMaxRequestsPerProcess 5'), ('FcgidProcessLifeTime 0', 'FcgidProcessLifeTime 1'),
                         ('FcgidIdleTimeout 0', 'FcgidIdleTimeout 1'), ('FcgidMinProcessesPerClass 4', 'FcgidMinProcessesPerClass 0'),
                         ('FcgidMaxProcesses 64', 'FcgidMaxProcesses 64\nFcgidZombieScanInterval 1\nFcgidIdleScanInterval 1')):
            if old not in host:
                raise Wrong(f'conf/apache-fcgid.conf has no {old}')
            host = host.replace(old, new)
        modules = ''.join(f'LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n'
                          for m in ('mpm_event', 'authz_core', 'alias', 'env', 'headers', 'rewrite', 'dir', 'fcgid'))
        self.conf = os.path.join(self.dir, 'apache.conf')
        with open(self.conf, 'w', encoding='utf-8') as f:
            f.write(f'ServerRoot {self.dir}\nServerName localhost\nPidFile apache.pid\nDefaultRuntimeDir {self.dir}\nMutex file:{self.dir} default\n'
                    f'ErrorLog apache.log\n{modules}FcgidIPCDir {self.dir}\nFcgidProcessTableFile fcgid_shm\nDocumentRoot {self.dir}\n{host}')

    def start(self):
        """as www-data if we are root: Apache refuses to be that"""
        as_other = {}
        if os.getuid() == 0:
            user = pwd.getpwnam('www-data')
            for path in (self.dir, *glob.glob(self.dir + '/*')):
                os.chown(path, user.pw_uid, user.pw_gid)
            as_other = {'user': user.pw_uid, 'group': user.pw_gid, 'extra_groups': []}
        self.process = subprocess.Popen(['apache2', '-DFOREGROUND', '-f', self.conf], stdin=subprocess.DEVNULL, start_new_session=True, **as_other)

    def responders(self):
        found = []
        for path in glob.glob('/proc/[0-9]*/exe'):
            try:
                if os.readlink(path).removesuffix(' (deleted)') == self.program:
                    found.append(int(path.split('/')[2]))
            except OSError:
                continue
        return found

    def hurt(self, rnd):
        """one of mod_fcgid's ways to end a process, or all; -> how many it hit"""
        pids = self.responders()
        if rnd.random() < 0.1:
            self.process.send_signal(signal.SIGHUP)    # a restart ends them all
            return len(pids)
        for pid in (victims := rnd.sample(pids, min(len(pids), rnd.choice((1, 1, 8))))):
            try:
                os.kill(pid, rnd.choice((signal.SIGTERM, signal.SIGKILL)))
            except ProcessLookupError:
                continue
        return len(victims)

    def stop(self):
        end(self.process)


class CrashRounds(Rounds):
    def __init__(self, servers, api, rnd):
        super().__init__(servers, api, rnd)
        self.apache, self.rounds = Apache(servers, servers.port + 1), 0
        self.alive, self.batches, self.generation = set(), 0, 0
        self.hits = {'import': 0, 'creation': 0, 'execution': 0, 'purge': 0, **self.hits, 'responders': 0}

    def new_generation(self):
        """-> (file, ids): instances that no store has seen"""
        ids = [str(uuid.UUID(int=self.rnd.getrandbits(128), version=4)) for _ in range(GENERATION)]
        path = os.path.join(self.servers.var, f'generation-{self.generation}.ndjson')
        self.generation += 1
        with open(path, 'w', encoding='utf-8') as f:
            f.write(json.dumps({'processDefinition': {'id': 'crash:1:c0', 'key': 'crash', 'version': 1}}) + '\n')
            for ident in ids:
                f.write(json.dumps(instance(ident)) + '\n')
        return path, ids

    def import_again(self, path, ids):
        must(ctl(self.servers, 'import', path))
        self.alive.update(ids)
        os.unlink(path)

    def first(self):
        super().first()
        path, ids = self.new_generation()
        must(ctl(self.servers, 'import', path))
        self.import_again(path, ids)        # a second time: each is there once all the same
        self.check_all({})
        self.apache.start()

    def creators(self, api, **more):
        """two of many small batches, one of a large one, over half of what is there"""
        free = self.rnd.sample(sorted(self.alive), len(self.alive) // 2)
        large = len(free) // 2
        return [Creator(api, free[large::2], BATCH, **more), Creator(api, free[large + 1::2], BATCH, **more), Creator(api, free[:large], large, **more)]

    def start(self):
        """now and then with batches that end only when their bytes are gone: then kills hit them as they purge"""
        super().start('-o', 'deletionEnds=' + self.rnd.choice(('purged', 'invisible')))

    def stop(self):
        self.apache.stop()

    def round(self):
        self.rounds += 1
        if self.rounds % 5 == 0:
            self.round_of_responders()
        else:
            self.round_of_batchd()

    def round_of_batchd(self):
        path, ids = self.new_generation()
        creators = self.creators(self.api)
        importing = ctl(self.servers, 'import', path)
        for c in creators:
            c.start()
        time.sleep(self.rnd.uniform(0, 0.3))
        self.hits['import'] += importing.poll() is None
        self.servers.kill()
        importing.communicate(timeout=PATIENCE)
        self.recover()
        self.hits['purge'] += self.to_purge() > 0
        self.look_after(creators, path, ids)

    def kill_while_purging(self):
        """a kill when the batches have ended and their bytes have not gone"""
        if self.to_purge():
            self.servers.kill()
            self.hits['purge'] += 1
            self.start()

    def round_of_responders(self):
        path, ids = self.new_generation()
        api = Api(self.apache.port)
        self.await_web(api)
        if self.apache.process.poll() is not None:
            raise Wrong('Apache does not run: another server is on its port, perhaps')
        creators = self.creators(api, stubborn=True)
        importing = ctl(self.servers, 'import', path)
        for c in creators:
            c.start()
        end_of_it = time.monotonic() + 2
        while time.monotonic() < end_of_it and any(c.is_alive() for c in creators):
            self.hits['responders'] += self.apache.hurt(self.rnd)
            time.sleep(self.rnd.uniform(0, 0.1))
        for c in creators:
            c.stop()
        importing.communicate(timeout=PATIENCE)
        self.look_after(creators, path, ids)

    def look_after(self, creators, path, ids):
        for c in creators:
            c.join(PATIENCE)
            if c.wrong:
                raise Wrong(c.wrong)
        acknowledged = {k: v for c in creators for k, v in c.acknowledged.items()}
        doubtful = [ids for c in creators for ids in c.doubtful]
        self.hits['creation'] += bool(doubtful)
        self.look_at_running(acknowledged)
        self.await_no_batch()
        self.kill_while_purging()
        self.settle(acknowledged, doubtful)
        self.import_again(path, ids)
        self.check_all(acknowledged)

    def to_purge(self):
        said = subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'status'], stdout=subprocess.PIPE, check=True, text=True).stdout
        return sum(int(n) for n in re.findall(r'(?:to purge:|leftovers in) (\d+)', said))

    def await_purge(self):
        self.await_(lambda: not self.to_purge(), 'the purge does not end')

    def verify(self):
        self.await_purge()
        super().verify()

    def look_at_running(self, acknowledged):
        """what has been acknowledged is there at once, and whatever is deleted is deleted wholly"""
        running = {s['id']: s for s in self.api.get('/batch/statistics')}
        self.hits['execution'] += bool(running)
        for s in running.values():
            if s['remainingJobs'] + s['completedJobs'] != s['totalJobs'] or s['failedJobs']:
                raise Wrong(f'counters of a running batch: {s}')
        for batch, ids in acknowledged.items():
            b = self.api.get(f'/history/batch/{batch}')
            if b['totalJobs'] != len(ids):
                raise Wrong(f'batch {batch} over {len(ids)} instances: {b}')
        for ids in list(acknowledged.values())[-3:]:
            for ident in self.rnd.sample(ids, min(3, len(ids))):
                self.look_at_instance(ident)

    def is_there(self, ident):
        status, answer = self.api.call('GET', f'/history/process-instance/{ident}')
        if status not in (200, 404):
            raise Wrong(f'{ident} answered {status}: {answer}')
        return status == 200

    def children(self, ident):
        return tuple(self.api.count(f'/history/{kind}/count?processInstanceId={ident}') for kind in ('activity-instance', 'variable-instance'))

    def look_at_instance(self, ident):
        before, children, after = self.is_there(ident), self.children(ident), self.is_there(ident)
        if after and not before:
            raise Wrong(f'{ident} has come back')
        if before == after and children != ((ACTIVITIES, VARIABLES) if after else (0, 0)):
            raise Wrong(f'{ident} is {"there" if after else "gone"} with {children} children')

    def await_no_batch(self):
        self.await_(lambda: not self.api.count('/batch/count'), lambda: f'batches do not end: {self.api.get("/batch/statistics")}')

    def count_of(self, ids):
        ids = list(ids)
        return sum(self.api.count('/history/process-instance/count', {'processInstanceIds': ids[i:i + 1000]}) for i in range(0, len(ids), 1000))

    def settle(self, acknowledged, doubtful):
        """what ought to be gone by now is; keeps the books"""
        self.await_no_batch()               # a power cut takes back the end of a batch: it is done once more
        self.batches += len(acknowledged)
        for batch, ids in acknowledged.items():
            b = self.api.get(f'/history/batch/{batch}')
            if not b['endTime']:
                raise Wrong(f'a batch that is no more has no end: {b}')
            if self.count_of(ids):
                raise Wrong(f'batch {batch} has ended, and {self.count_of(ids)} of its instances are there')
            self.alive.difference_update(ids)
        for ids in doubtful:
            left = self.count_of(ids)
            if left not in (0, len(ids)):
                raise Wrong(f'an unacknowledged batch has deleted {len(ids) - left} of {len(ids)}')
            if not left:
                self.batches += 1
                self.alive.difference_update(ids)

    def check_all(self, acknowledged):
        if (total := self.api.count('/history/process-instance/count')) != len(self.alive):
            raise Wrong(f'{total} instances, {len(self.alive)} should be there')
        if (total := self.count_of(self.alive)) != len(self.alive):
            raise Wrong(f'{total} of {len(self.alive)} instances are there by id')
        for like in ('b-%', '%-%'):     # an import puts what leads to keys later than the instances
            if (total := self.api.count('/history/process-instance/count', {'processInstanceBusinessKeyLike': like})) != len(self.alive):
                raise Wrong(f'{total} of {len(self.alive)} instances are there by business keys like {like}')
        if (total := self.api.count('/history/batch/count')) != self.batches:
            raise Wrong(f'{total} historic batches, {self.batches} should be there')
        gone = [ids[0] for ids in acknowledged.values()][:5]
        for ident in self.rnd.sample(sorted(self.alive), 5) + gone:
            self.look_at_instance(ident)
            if self.is_there(ident) != (ident in self.alive):
                raise Wrong(f'{ident} is not as it should be')


def find_place(name):
    """a new directory; as root one that www-data can reach, which the checkout's need not be"""
    if os.getuid() != 0:
        return place(name)
    var = tempfile.mkdtemp(prefix='batchd-crash-')
    os.chmod(var, 0o755)
    return var


if __name__ == '__main__':
    users = ('users = www-data',) if os.getuid() == 0 else ()
    sys.exit(kill_until_enough(__doc__, 'crash', 8196, CrashRounds, 1, find_place, users))
