#!/usr/bin/env python3
"""Measures batchd and prints one table: name, n, ours, reference, ratio.

  bench.py [--sizes 10000,100000,1000000] [--rows R] [--only PATTERN]

The references are measured in the same run: bare Berkeley DB (bare.c) for import and purge, a FastCGI
program that says hello (hello.c) for requests; or they are the goal, an absolute figure ("<= 3 ms").
Times are those of a client: through lighttpd where HTTP is meant. ratio: ours by reference, for rates
above 1 is better, for times below 1 is.
"""
import argparse, fnmatch, glob, http.client, json, os, re, shutil, signal, subprocess, sys, tempfile, time, urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from servers import BIN, TOP, Api, Servers, Wrong, ctl

TOOLS = os.path.join(TOP, 'build/release/tests/bench')
PORT = 8188
LONG = 3600                            # seconds that anything may take
DELETE = '/history/process-instance/delete'


class Table:
    def __init__(self, only):
        self.only = only
        print(f'{"name":44} {"n":>9} {"ours":>14} {"reference":>22} {"ratio":>7}', flush=True)

    def wants(self, name):
        return fnmatch.fnmatch(name, self.only)

    def row(self, name, n, ours, unit, reference=None, goal=''):
        """reference: a figure measured beside ours; goal: "<= 3" or ">= 1000000", compared with ours"""
        if not self.wants(name):
            return
        limit = float(goal.split()[1]) if goal else None
        against = reference if reference is not None else limit
        told = f'{figure(reference)} {unit}' if reference is not None else f'{goal[:2]} {figure(limit)} {unit}' if goal else '-'
        ratio = f'{ours / against:7.2f}' if against else '      -'
        print(f'{name:44} {n:9} {figure(ours) + " " + unit:>14} {told:>22} {ratio}', flush=True)


def figure(x):
    return f'{x:.0f}' if x >= 1000 else f'{x:.3g}'


def memory(pid, what='VmRSS'):
    """megabytes"""
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what + ':')) / 1024


def forget_peak(pid):
    with open(f'/proc/{pid}/clear_refs', 'w', encoding='ascii') as f:
        f.write('5')


def responders(servers):
    """pids of the processes below lighttpd"""
    found, todo = [], [servers.lighttpd.pid]
    while todo:
        pid = todo.pop()
        for path in glob.glob(f'/proc/{pid}/task/*/children'):
            with open(path, encoding='ascii') as f:
                below = [int(x) for x in f.read().split()]
            found += below
            todo += below
    return found


class Bench:
    def __init__(self, table, var, n, rows):
        self.table, self.n = table, n
        self.sample = [f'{BIN}/batchctl', 'sample', *(['--rows', str(rows)] if rows else []), str(n)]
        self.var = os.path.join(var, str(n))
        os.makedirs(self.var)
        self.servers = Servers(self.var, PORT, ('batchPollTime = 1',))
        self.api = Api(PORT)
        self.ids = None

    # -- the store --

    def start(self, *options):
        begin = time.perf_counter()
        self.servers.start(*options)
        return time.perf_counter() - begin

    def import_sample(self):
        """n made-up instances; large ones are made while they are read, small ones before"""
        if self.n <= 100000:
            path = os.path.join(self.var, 'sample.ndjson')
            with open(path, 'wb') as f:
                subprocess.run(self.sample, stdout=f, check=True)
            source = open(path, 'rb')
        else:
            path = None
            source = subprocess.Popen(self.sample, stdout=subprocess.PIPE).stdout
        begin = time.perf_counter()
        with source:
            subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'import', '-'], stdin=source, check=True, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - begin
        if path:
            os.unlink(path)
        return took

    def store_bytes(self):
        return sum(os.path.getsize(f) for f in glob.glob(os.path.join(self.var, 'store', '*.db')))

    def keep_store(self):
        self.servers.stop_batchd()
        shutil.copytree(os.path.join(self.var, 'store'), os.path.join(self.var, 'kept'), symlinks=True)

    def fresh_store(self):
        """the store as it was after the import"""
        self.servers.stop_batchd()
        shutil.rmtree(os.path.join(self.var, 'store'))
        subprocess.run(['cp', '-a', '--reflink=auto', os.path.join(self.var, 'kept'), os.path.join(self.var, 'store')], check=True)

    # -- requests --

    def median_ms(self, path, body=None, tries=21):
        connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=LONG)
        data, times = None if body is None else json.dumps(body), []
        for _ in range(tries):
            begin = time.perf_counter()
            connection.request('POST' if data else 'GET', '/engine-rest' + path, data, {'Content-Type': 'application/json'} if data else {})
            answer = connection.getresponse()
            said = answer.read()
            times.append(time.perf_counter() - begin)
            if answer.status != 200:
                raise Wrong(f'{path} answered {answer.status}: {said[:300]}')
        return sorted(times)[tries // 2] * 1000

    def all_ids(self):
        if self.ids is None:
            self.ids = []
            for first in range(0, self.n, 20000):
                page = self.api.get(f'/history/process-instance?firstResult={first}&maxResults=20000')
                self.ids += [p['id'] for p in page]
        return self.ids

    def create(self, body):
        """-> (batch, seconds)"""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=LONG)
        begin = time.perf_counter()
        connection.request('POST', '/engine-rest' + DELETE, data, {'Content-Type': 'application/json'})
        answer = connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - begin
        if answer.status != 200:
            raise Wrong(f'creation answered {answer.status}: {said[:300]}')
        return json.loads(said), took

    def await_end(self):
        end = time.monotonic() + LONG
        while self.api.count('/batch/count'):
            if time.monotonic() > end:
                raise Wrong('the batch does not end')
            time.sleep(0.002)

    def status(self):
        return subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'status'], stdout=subprocess.PIPE, check=True, text=True).stdout

    def to_purge(self):
        """records still to be removed from the disk"""
        return sum(int(n) for n in re.findall(r'to purge: (\d+) records', self.status()))

    def record_bytes(self):
        """of a packed instance"""
        found = re.search(r'(\d+) visible, (\d+) bytes', self.status())
        return max(64, int(found[2]) // max(1, int(found[1])))

    # -- what is measured --

    def measure_empty(self):
        self.table.row('start, empty store', 0, self.start() * 1000, 'ms', goal='<= 50')
        self.table.row('memory, empty store', 0, memory(self.servers.batchd.pid), 'MB', goal='<= 10')

    def measure_import(self):
        forget_peak(self.servers.batchd.pid)
        took = self.import_sample()
        self.record = self.record_bytes()
        self.bare_load, self.bare_delete = bare(self.var, min(self.n, 200000), self.record)
        self.table.row('import', self.n, self.n / took, '/s', goal='>= 10000')
        self.table.row('import, bare Berkeley DB beside it', self.n, self.n / took, '/s', reference=self.bare_load)
        self.table.row('memory, highest of the import', self.n, memory(self.servers.batchd.pid, 'VmHWM'), 'MB')
        self.table.row('packed instance', self.n, self.record, 'B')
        self.table.row('disk, without the log', self.n, self.store_bytes() / 1e6, 'MB')
        self.keep_store()

    def measure_start(self):
        self.table.row('start', self.n, self.start() * 1000, 'ms', goal='<= 1500')
        self.api.count('/history/process-instance/count')
        self.table.row('memory after the first count', self.n, memory(self.servers.batchd.pid), 'MB', goal='<= 150')

    def measure_queries(self):
        texts = [v for v in self.api.get('/history/variable-instance?maxResults=100') if v['type'] == 'String']
        pages = {
            'count': '/history/process-instance/count',
            'count, finished': '/history/process-instance/count?finished=true',
            'page of 50, sorted by start': '/history/process-instance?sortBy=startTime&sortOrder=desc&maxResults=50',
            'page of 50, sorted by business key': '/history/process-instance?sortBy=businessKey&sortOrder=asc&maxResults=50',
            'page of 50, unsorted': '/history/process-instance?maxResults=50',
        }
        if texts:
            text = urllib.parse.quote(f'{texts[0]["name"]}_eq_{texts[0]["value"]}')
            if not self.api.count(f'/history/process-instance/count?variables={text}'):
                raise Wrong(f'no instance has the variable {text}')
            pages['count, by variable'] = f'/history/process-instance/count?variables={text}'
            pages['page of 50, by variable, sorted'] = f'/history/process-instance?variables={text}&sortBy=startTime&sortOrder=desc&maxResults=50'
        for what, path in pages.items():
            if self.table.wants(what):
                self.table.row(what, self.n, self.median_ms(path), 'ms', goal='<= 3' if self.n <= 1000000 else '<= 15')

    def measure_statistics(self):
        if not self.table.wants('statistics*'):
            return
        batch, _ = self.create({'historicProcessInstanceIds': self.all_ids()[:1000]})
        url = f'/engine-rest/batch/statistics?batchId={batch["id"]}'
        ours, slow = wrk(PORT, url)
        with Hello(self.var) as hello:
            theirs, _ = wrk(hello.port, '/engine-rest/hello')
        self.table.row('statistics, 8 connections', self.n, ours, '/s', reference=theirs)
        self.table.row('statistics, 99 of 100 within', self.n, slow, 'ms', goal='<= 5')

    def measure_deletion(self, per_job):
        self.fresh_store()
        self.start('-o', f'invocationsPerBatchJob={per_job}')
        self.api.count('/history/process-instance/count')
        begin = time.perf_counter()
        _, created = self.create({'historicProcessInstanceQuery': {'finished': True}})
        self.await_end()
        took = time.perf_counter() - begin
        if left := self.api.count('/history/process-instance/count?finished=true'):
            raise Wrong(f'{left} finished instances are left')
        if per_job == 1:
            self.table.row('creation by query', self.n, created * 1000, 'ms', goal='<= 50')
        return self.n / took

    def measure_deletions(self):
        if not self.table.wants('deletion*') and not self.table.wants('creation by query'):
            return
        one = self.measure_deletion(1)
        many = self.measure_deletion(1000)
        self.table.row('deletion batch, 1 per job', self.n, one, '/s', goal='>= 1000000')
        self.table.row('deletion batch, 1 per job, by 1000 per job', self.n, one, '/s', reference=many)

    def measure_creation_by_ids(self):
        if not self.table.wants('creation by*'):
            return
        self.fresh_store()
        self.start()
        body = json.dumps({'historicProcessInstanceIds': self.all_ids()}).encode()
        pids = [self.servers.batchd.pid, *responders(self.servers)]
        before = {pid: memory(pid) for pid in pids}
        for pid in pids:
            forget_peak(pid)
        _, took = self.create(body)
        more = {pid: memory(pid, 'VmHWM') - before[pid] for pid in pids}
        self.table.row('creation by ids', self.n, took * 1000, 'ms', goal='<= 1000')
        self.table.row('creation by ids, more memory in batchd', self.n, more[pids[0]], 'MB', goal='<= 64')
        self.table.row('creation by ids, more memory in responder', self.n, max(more[p] for p in pids[1:]), 'MB', goal='<= 16')
        self.await_end()

    def measure_purge(self):
        """every second instance goes, so that no segment dies as a whole"""
        if not self.table.wants('purge*'):
            return
        self.fresh_store()
        self.start()
        self.create({'historicProcessInstanceIds': self.all_ids()[::2]})
        self.await_end()
        begin, left = time.perf_counter(), self.to_purge()
        purged, last, still = left, left, time.monotonic()
        while left:
            time.sleep(0.02)
            left = self.to_purge()
            if left != last:
                last, still = left, time.monotonic()
            if time.monotonic() - still > 20:
                raise Wrong(f'{left} records are not purged')
        self.table.row('purge, every second instance', self.n, purged / (time.perf_counter() - begin), '/s', reference=self.bare_delete)

    def run(self):
        try:
            self.measure_empty()
            self.measure_import()
            self.measure_start()
            self.measure_queries()
            self.measure_statistics()
            self.measure_deletions()
            self.measure_creation_by_ids()
            self.measure_purge()
        finally:
            self.servers.stop()
            shutil.rmtree(self.var)


class Hello:
    """lighttpd with the program that says hello, twice as our responders"""

    def __init__(self, var):
        self.port, self.dir = PORT + 1, os.path.join(var, 'hello')

    def __enter__(self):
        os.makedirs(self.dir, exist_ok=True)
        text = subprocess.run(['bash', '-c', '. tests/servers.sh; lighttpd_conf "$port"'], cwd=TOP, check=True, text=True, stdout=subprocess.PIPE,
                              env={**os.environ, 'var': self.dir, 'bin': TOOLS, 'port': str(self.port)}).stdout
        text = text.replace('batch.fcgi"', 'hello"').replace(' + " --prefork 4"', '').replace('"max-procs"         => 1', '"max-procs" => 4')
        with open(os.path.join(self.dir, 'lighttpd.conf'), 'w', encoding='utf-8') as f:
            f.write(text)
        self.process = subprocess.Popen(['lighttpd', '-D', '-f', f.name], stdin=subprocess.DEVNULL)
        end, api = time.monotonic() + 10, Api(self.port)
        while True:
            try:
                api.get('/hello')
                return self
            except (OSError, Wrong):
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def wrk(port, path):
    """-> (requests a second, milliseconds that 99 of 100 stay below)"""
    said = subprocess.run(['wrk', '-t', '1', '-c', '8', '-d', '3', '--latency', f'http://127.0.0.1:{port}{path}'],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    if 'Non-2xx' in said:
        raise Wrong(f'{path}: {said}')
    slow = re.search(r'99%\s+([\d.]+)(us|ms|s)', said)
    return float(re.search(r'Requests/sec:\s+([\d.]+)', said)[1]), float(slow[1]) * {'us': 0.001, 'ms': 1, 's': 1000}[slow[2]]


def bare(var, n, size):
    """-> (records a second that bare Berkeley DB writes, deletes)"""
    with tempfile.TemporaryDirectory(dir=var) as home:
        said = subprocess.run([f'{TOOLS}/bare', home, str(n), str(size)], stdout=subprocess.PIPE, check=True, text=True).stdout
    took = dict(line.split() for line in said.splitlines())
    return n / float(took['load']), n / float(took['delete'])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--sizes', default='10000,100000,1000000')
    p.add_argument('--rows', type=int, help="rows of an instance; batchctl's default otherwise")
    p.add_argument('--only', default='*', help='rows whose name matches this shell pattern')
    args = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that servers are stopped
    var = os.path.join(os.environ.get('BATCHD_VAR', os.path.join(TOP, 'var')), 'bench')
    shutil.rmtree(var, ignore_errors=True)
    os.makedirs(var)
    table = Table(args.only)
    try:
        for n in args.sizes.split(','):
            Bench(table, var, int(n), args.rows).run()
    finally:
        shutil.rmtree(var)


if __name__ == '__main__':
    sys.exit(main())
