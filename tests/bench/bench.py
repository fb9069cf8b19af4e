#!/usr/bin/env python3
"""Measures batchd and prints one table: name, n, ours, reference, ratio, and the goal where there is one.

  bench.py [--sizes 10000,100000,1000000] [--only PATTERN] [--keep DIR | --use DIR] [--budget SECONDS]

Instances have 20 rows and take 5 KB in the store (18 KB as JSON); from 10 million on 14 short rows and
0.9 KB. Deletion, purge and import are measured again with 100 rows (15 KB) and with attachments of 1 MB.

References are measured in the same run: bare Berkeley DB on the very same records (bare.c), scans over bare
arrays (arrays.c), FastCGI programs that say hello (hello.c) or write what batchd writes (keeps.c).
ratio: ours by reference, or by the goal where there is no reference: for rates above 1 is better, for times and
memory below 1 is. Times are those of a client, through lighttpd where HTTP is meant. A goal that is missed is marked, and listed at the end.

  --running  process instances that run while questions about them are measured, and that are restarted before
  --only     rows whose name matches one of these shell patterns, separated by commas; 'engine: *' needs no sample
  --keep     one size: its store is made in DIR, or found there from an earlier run, and stays; what would
             change it is left out
  --use      one size: the store of an earlier run with --keep; what changes it is measured, too, and uses it up
  --budget   seconds after which nothing new is begun; what is left out is listed at the end
"""
import argparse, glob, json, os, resource, shutil, signal, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from servers import TOP, Wrong
from engine import PREFIX as ENGINE, EngineBench
from retention import DECISIONS, PROCESSES, WITH_DECISIONS, Retention
from store import INSTANCES, LONG, PORT, TOOLS, Shape, Store, forget_peak, hello, memory, processor_time, responders, wrk
from table import Table

MEMORY_MAX = 8 << 30                   # bytes of address space of each program, batchd included
MILLION, SMALL_FROM = 1000000, 10000000
BARE_SEGMENTS = 8                      # of 32768 instances: what bare Berkeley DB is measured on, at most
HALF = {'processDefinitionKeyIn': ['order', 'invoice', 'claim']}           # half of the instances, spread over all segments
FOURTH = {'processDefinitionKeyIn': ['delivery', 'reminder', 'survey']}    # three of ten others


def field(name):
    return f'page of 50 sorted by {name}'


# name, path, yardstick of arrays.c
SORTS = [(field(by), f'{INSTANCES}?sortBy={by}&sortOrder={order}&maxResults=50', scan) for by, order, scan in (
    ('startTime', 'desc', 'page-by-start'), ('endTime', 'desc', 'page-by-start'), ('duration', 'asc', 'page-by-id'),
    ('instanceId', 'asc', 'page-by-id'), ('definitionId', 'asc', 'page-by-id'), ('definitionKey', 'desc', 'page-by-id'),
    ('definitionName', 'asc', 'page-by-id'), ('definitionVersion', 'asc', 'page-by-id'), ('businessKey', 'asc', 'page-by-id'),
    ('tenantId', 'asc', 'page-by-id'))]
DEFINITION = 'processDefinitionKey=claim'
FILTERED = f'{DEFINITION}&finished=true&startedAfter=2022-03-01T00:00:00.000%2B0000&tenantIdIn=north'.replace('claim', 'survey')
PLAIN = [
    ('count', f'{INSTANCES}/count', 'count'),
    ('count, finished', f'{INSTANCES}/count?finished=true', 'count-finished'),
    ('count, of a definition', f'{INSTANCES}/count?{DEFINITION}', 'count-definition'),
    ('page of 50 unsorted', f'{INSTANCES}?maxResults=50', 'page-by-id'),
    ('page of 50 of a definition, by startTime', f'{INSTANCES}?{DEFINITION}&sortBy=startTime&sortOrder=desc&maxResults=50', 'page-of-definition'),
]
# issue 4, section 3: name, path, goal in ms at 1 M and 10 M, and a yardstick: a scan of arrays.c, or what bare.c reads
# and how often that is more than what is asked for
CHILDREN = (b'first', bytes([0x80 + 4]), b'50')                # the first postings of variables
ASKED = [
    ('page of 50, four filters, by endTime', f'{INSTANCES}?{FILTERED}&sortBy=endTime&sortOrder=asc&maxResults=50', 20, 'page-of-definition'),
    ('page of 50, business key equals', f'{INSTANCES}?processInstanceBusinessKey=BUSINESS_KEY&maxResults=50', 20, 'count-definition'),
    ('page of 50, business key like', f'{INSTANCES}?processInstanceBusinessKeyLike=%2500123%25&maxResults=50', 200, ((b'keys', b'b', b'00123'), 1)),
    ('activities of one instance', '/history/activity-instance?processInstanceId=INSTANCE', 1, ((b'get', b'1000'), 1000)),
    ('tasks of one instance', '/history/task?processInstanceId=INSTANCE', 1, ((b'get', b'1000'), 1000)),
    ('variables of one instance', '/history/variable-instance?processInstanceId=INSTANCE', 1, ((b'get', b'1000'), 1000)),
    ('activities by activity id and time, page of 50',
     '/history/activity-instance?activityId=activity-1&startedAfter=2022-01-02T00:00:00.000%2B0000&sortBy=startTime&sortOrder=asc&maxResults=50', 100,
     ((b'get', b'1000'), 20)),
    ('tasks by assignee, page of 50', '/history/task?taskAssignee=anna&maxResults=50', 100, ((b'first', b'tanna', b'50'), 1)),
    ('variables, page of 50 unsorted', '/history/variable-instance?maxResults=50', 100, (CHILDREN, 1)),
    ('activities of a type, page of 50 unsorted', '/history/activity-instance?activityType=userTask&maxResults=50', 100, (CHILDREN, 1)),
]
# what is counted from postings or records when it is asked first, and then kept: name, path, yardstick
COUNTED = [
    ('count of tasks by assignee', '/history/task/count?taskAssignee=anna', (b'keys', b'tanna', b'-')),
    ('count of activities by type', '/history/activity-instance/count?activityType=userTask', (b'records',)),
]
# 100 k rows of the sample, whose instances start every 100 s, and all of them
FIRST = 'startedBefore=2022-04-26T17:46:39.000%2B0000'
LONG_ANSWERS = [
    ('process instances, 100 k rows unpaged', f'{INSTANCES}?{FIRST}'),
    ('activities, 100 k rows unpaged', f'/history/activity-instance?{FIRST}&activityType=userTask'),
]


class Bench:
    """One size of one shape. `whole`: everything; otherwise import, deletion and purge."""

    def __init__(self, table, var, n, shape, whole=True, keep=False):
        self.table, self.n, self.shape, self.whole, self.keep = table, n, shape, whole, keep
        self.store = Store(var, shape, n)

    def row(self, name, ours, unit, **more):
        self.table.row(name + self.shape.note, self.n, ours, unit, **more)

    def wants(self, *names):
        return self.table.wants(*(name + self.shape.note for name in names))

    def limit(self, ms):
        """a goal for requests: 3 ms up to a million, else 15"""
        return f'<= {ms if self.n > MILLION else 3}'

    # -- import and start --

    def ask(self, name, path, **more):
        """a row of how long a question takes; one that is not answered counts as missed, and the others go on"""
        if self.wants(name):
            try:
                self.row(name, self.store.median_ms(path), 'ms', **more)
            except (Wrong, OSError) as e:
                self.table.fail(name + self.shape.note, self.n, e)
                if self.store.servers.batchd.poll() is not None:
                    self.store.start()

    def bare(self, command, home, *args, archive='process'):
        """-> records a second that bare Berkeley DB manages on the first segments of `home`"""
        with tempfile.TemporaryDirectory(dir=self.store.var) as copy:
            for path in sorted(glob.glob(os.path.join(home, f'{archive}-[0-9]*.db')))[:BARE_SEGMENTS]:
                shutil.copy2(path, copy)
            if command in ('delete', 'purge', 'retime', 'remove'):
                for path in glob.glob(os.path.join(home, 'log.*')):
                    shutil.copy2(path, copy)
            else:
                args = (os.path.join(copy, 'to'),)
                os.mkdir(args[0])
            os.sync()              # as fresh() does: a file that has no blocks yet is removed in half the time
            said = subprocess.run([f'{TOOLS}/bare', command, copy, *args], stdout=subprocess.PIPE, check=True, text=True,
                                  env={**os.environ, 'ARCHIVE': archive}).stdout.split()
        return int(said[0]) / float(said[1])

    def measure_import(self):
        store = self.store
        empty, took = store.start(), None
        if self.whole:
            self.row('start, new store', empty * 1000, 'ms', goal='<= 50')
            store.servers.stop_batchd()
            self.row('start, empty store', store.start() * 1000, 'ms', goal='<= 50')
            self.row('memory, empty store', memory(store.pid), 'MB', goal='<= 10')
        forget_peak(store.pid)
        took = store.import_sample()
        peak, packed = memory(store.pid, 'VmHWM'), store.record_bytes()
        self.row('an instance as JSON', self.shape.json_bytes(), 'B')
        self.row('an instance packed', packed, 'B')
        store.keep()
        bare = self.bare('import', store.home + '.kept') if self.wants('import') else None
        self.row('import', self.n / took, '/s', reference=bare, goal='>= 10000' if self.whole else '')
        self.row('memory, highest of the import', peak, 'MB')
        store.take_back()
        self.row('disk, without the log', store.bytes() / 1e6, 'MB')

    def measure_start(self):
        store = self.store
        store.servers.stop_batchd()
        self.row('start', store.start() * 1000, 'ms', goal='<= 1500')
        self.row('first count after the start', store.exchange(f'{INSTANCES}/count')[1] * 1000, 'ms')
        for _, path, _ in SORTS[:1]:
            store.exchange(path)
        self.row('memory after queries', memory(store.pid), 'MB', goal=f'<= {150 if self.n <= MILLION else 1024}')

    # -- questions --

    def measure_queries(self):
        if not self.wants(*(row[0] for row in SORTS + PLAIN)):
            return
        scans = self.scans()
        for name, path, scan in PLAIN + SORTS:
            self.ask(name, path, reference=scans[scan], goal=self.limit(15))

    def measure_by_variable(self):
        names = [f'{what}, by variable' for what in ('count', 'page of 50 unsorted', field('startTime'))]
        if not self.wants(*names):
            return
        value = 'region-0007'
        said = subprocess.run([f'{TOOLS}/bare', 'find', self.store.home, value], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        where = f'variables=region_eq_{value}'
        if (found := self.store.api.count(f'{INSTANCES}/count?{where}')) != int(said[0]):
            raise Wrong(f'{found} instances have {value}, the postings say {said[0]}')
        paths = f'{INSTANCES}/count?{where}', f'{INSTANCES}?{where}&maxResults=50', f'{INSTANCES}?{where}&sortBy=startTime&sortOrder=desc&maxResults=50'
        for name, path in zip(names, paths):
            self.ask(name, path, reference=float(said[1]) * 1000, goal=self.limit(15))

    def read_bare(self, *args):
        """-> (how many records or bytes, seconds) of bare Berkeley DB"""
        said = subprocess.run([f'{TOOLS}/bare'.encode(), args[0], self.store.home.encode(), *args[1:]], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        return int(said[0]), float(said[1])

    def scans(self):
        """-> milliseconds of each scan over bare arrays"""
        said = subprocess.run([f'{TOOLS}/arrays', str(self.n)], stdout=subprocess.PIPE, check=True, text=True).stdout
        return {name: float(ms) for name, ms in (line.split() for line in said.splitlines())}

    def measure_asked(self):
        if not self.wants(*(row[0] for row in ASKED)):
            return
        one = self.store.api.get(f'{INSTANCES}?firstResult={self.n // 2}&maxResults=1')[0]
        scans = self.scans()
        for name, path, ms, yardstick in ASKED:
            path = path.replace('BUSINESS_KEY', one['businessKey']).replace('INSTANCE', one['id'])
            if isinstance(yardstick, str):
                reference = scans[yardstick]
            else:
                reference = self.read_bare(*yardstick[0])[1] * 1000 / yardstick[1]
            self.ask(name, path, reference=reference, goal=f'<= {ms}')

    def measure_counts(self):
        """asked once, and again"""
        for name, path, yardstick in COUNTED:
            if not self.wants(name, name + ', again'):
                continue
            reference = self.read_bare(*yardstick)[1] * 1000
            self.row(name, self.store.exchange(path)[1] * 1000, 'ms', reference=reference)
            self.row(name + ', again', self.store.median_ms(path), 'ms', goal='<= 20')

    def measure_export(self):
        """long answers: MB by a second of batchd's processor time, beside reading the same records bare"""
        if self.n < 100000 or not self.wants(*(row[0] for row in LONG_ANSWERS)):
            return
        bare = self.read_bare(b'records')[1] * 100000 / self.n
        for name, path in LONG_ANSWERS:
            if not self.wants(name):
                continue
            before, spent = memory(self.store.pid), processor_time(self.store.pid)
            forget_peak(self.store.pid)
            size = self.store.drain(path)
            spent = processor_time(self.store.pid) - spent
            self.row(name, size / 1e6 / spent, 'MB/s', reference=size / 1e6 / bare, goal='>= 200')
            self.row(name + ': more memory', memory(self.store.pid, 'VmHWM') - before, 'MB', goal='<= 16')

    def measure_all_variables(self):
        name = 'all variables unpaged: more memory'
        if self.n > MILLION or not self.wants(name):
            return
        before = memory(self.store.pid)
        forget_peak(self.store.pid)
        self.store.drain('/history/variable-instance')
        self.row(name, memory(self.store.pid, 'VmHWM') - before, 'MB', goal='<= 16')

    def measure_connections(self):
        if not self.wants('page of 50, 8 connections'):
            return
        with hello(self.store.var) as yardstick:
            theirs, _ = wrk(yardstick.port, '/hello')
        for name, path in (('sorted by startTime', SORTS[0][1]), ('unsorted', f'{INSTANCES}?maxResults=50')):
            ours, slow = wrk(PORT, path)
            self.row(f'page of 50 {name}, 8 connections', ours, '/s', reference=theirs, goal='>= 1000')
            self.row(f'page of 50 {name}, 8 connections: p99', slow, 'ms', goal='<= 25')

    # -- deletion --

    def one_deletion(self, per_job):
        """-> (instances a second, seconds of the creation)"""
        store = self.store
        store.fresh()
        store.start('-o', f'invocationsPerBatchJob={per_job}')
        store.api.count(f'{INSTANCES}/count')
        begin = time.perf_counter()
        _, created = store.create({'historicProcessInstanceQuery': {'finished': True}})
        store.await_end()
        took = time.perf_counter() - begin
        if left := store.api.count(f'{INSTANCES}/count?finished=true'):
            raise Wrong(f'{left} finished instances are left')
        return self.n / took, created

    def measure_deletions(self):
        """the best of three, or of two where copying the store takes long: what runs beside them on this machine is not theirs"""
        if not self.wants('deletion batch, 1 per job', 'creation by query', 'deletion batch, 1 per job, by 1000 per job'):
            return
        one, many, created = 0, 0, LONG
        for _ in range(3 if self.n <= 100000 else 2):
            rate, seconds = self.one_deletion(1)
            one, created = max(one, rate), min(created, seconds)
            many = max(many, self.one_deletion(1000)[0])
        self.row('deletion batch, 1 per job', one, '/s', goal='>= 1000000' if self.n >= MILLION else '')
        self.row('deletion batch, 1 per job, by 1000 per job', one, '/s', reference=many, to_reference='>= 0.9' if self.n >= MILLION else '')
        self.row('creation by query', created * 1000, 'ms', goal='<= 50')

    def measure_creation_by_ids(self):
        if not self.wants('creation by ids', 'creation by ids: *') or self.n > MILLION:
            return
        store = self.store
        store.fresh()
        store.start()
        store.api.count(f'{INSTANCES}/count')
        body = json.dumps({'historicProcessInstanceIds': self.shape.ids(self.n)}).encode()
        pids = [store.pid, *responders(store.servers)]
        before = {pid: memory(pid) for pid in pids}
        for pid in pids:
            forget_peak(pid)
        _, took = store.create(body)
        more = {pid: memory(pid, 'VmHWM') - before[pid] for pid in pids}
        self.row('creation by ids', took * 1000, 'ms', goal='<= 1000')
        self.row('creation by ids: more memory in batchd', more[pids[0]], 'MB', goal='<= 64')
        self.row('creation by ids: more memory in a responder', max(more[p] for p in pids[1:]), 'MB', goal='<= 16')
        store.await_end()
        if left := store.api.count(f'{INSTANCES}/count'):
            raise Wrong(f'{left} instances are left')

    # -- purge: the store is used up --

    def measure_purge(self):
        """half of the instances go, all over the segments, so that none of these dies as a whole"""
        store = self.store
        store.take_back()
        if not self.wants('purge', 'statistics*', 'deletion batch that ends when purged'):
            return
        bare = self.bare('delete', store.home, '2')
        store.start()
        begin = time.perf_counter()
        store.create({'historicProcessInstanceQuery': HALF})
        store.await_end()
        if not store.to_purge()[0]:
            raise Wrong('nothing is left to purge, or nothing was deleted')
        purged = self.n - store.api.count(f'{INSTANCES}/count')
        self.store.await_purge()
        rate = purged / (time.perf_counter() - begin)
        self.row('purge', rate, '/s', reference=bare, to_reference='>= 0.8')
        self.measure_statistics(bare, rate)

    def measure_statistics(self, bare, rate):
        """during a batch that runs as long as its instances are purged: twice a third of what that takes at this rate"""
        store = self.store
        store.servers.stop_batchd()
        store.start('-o', 'deletionEnds=purged')
        count = store.api.count(f'{INSTANCES}/count', FOURTH)
        seconds = min(5, count / rate / 3)
        begin = time.perf_counter()
        batch, _ = store.create({'historicProcessInstanceQuery': FOURTH})
        if self.whole and seconds >= 1:
            path = f'/batch/statistics?batchId={batch["id"]}'
            with hello(store.var) as yardstick:
                ours, slow = wrk(PORT, path, seconds)
                theirs, their_slow = wrk(yardstick.port, '/hello', seconds)
            if not store.running():
                raise Wrong('the batch has ended before its statistics were measured')
            self.row('statistics of a running batch, 8 connections', ours, '/s', reference=theirs, to_reference='>= 0.5')
            self.row('statistics of a running batch, 8 connections: p99', slow, 'ms', reference=their_slow, goal='<= 5')
            store.await_end()
        else:
            store.await_end()
            self.row('deletion batch that ends when purged', count / (time.perf_counter() - begin), '/s', reference=bare)

    def run(self):
        if not self.whole and not self.wants('an instance as JSON', 'an instance packed', 'import', 'memory, highest of the import', 'disk, without the log',
                                             'deletion*', 'creation by query', 'purge'):
            self.store.stop()
            return
        try:
            if os.path.isdir(self.store.home):
                print(f'(the store of an earlier run: {self.store.home})')
            else:
                self.measure_import()
            if self.whole:
                self.measure_start()
                self.measure_queries()
                self.measure_by_variable()
                self.measure_asked()
                self.measure_counts()
                self.measure_connections()
                self.measure_export()
                self.measure_all_variables()
            if not self.keep:
                self.store.keep()
                self.measure_deletions()
                if self.whole:
                    self.measure_creation_by_ids()
                    Retention(self, PROCESSES).measure()
                self.measure_purge()
        finally:
            self.store.stop()
            if not self.keep:
                shutil.rmtree(self.store.var)

    def run_decisions(self):
        """what the sample's decision instances, in a store of their own, are measured by"""
        try:
            if self.wants(*WITH_DECISIONS):
                self.store.start()
                self.store.import_sample()
                self.store.keep()
                Retention(self, DECISIONS).measure()
        finally:
            self.store.stop()
            shutil.rmtree(self.store.var)


def measure_growth(table, sizes):
    """what an instance costs at the largest size, by what it costs at the smallest"""
    first, last = min(sizes), max(sizes)
    for name in ('import', 'deletion batch, 1 per job', 'purge'):
        rates = table.measured[name]
        if first != last and first in rates and last in rates:
            table.row(f'cost of an instance, by that at {first}: {name}', last, rates[first] / rates[last], 'x', goal='<= 1.1')


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--sizes', default='10000,100000,1000000')
    p.add_argument('--running', type=int, default=100000)
    p.add_argument('--only', default='*')
    p.add_argument('--keep', metavar='DIR')
    p.add_argument('--use', metavar='DIR')
    p.add_argument('--budget', type=float)
    args = p.parse_args()
    # what goes on growing ends by itself, before it ends others
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that servers are stopped
    sizes = sorted(int(n) for n in args.sizes.split(','))
    found = args.keep or args.use
    if found and (len(sizes) > 1 or args.keep and args.use):
        p.error('one of --keep and --use, and one size')
    var = os.path.join(os.environ.get('BATCHD_VAR', os.path.join(TOP, 'var')), 'bench')
    shutil.rmtree(var, ignore_errors=True)
    os.makedirs(var)
    table = Table(args.only, args.budget)
    try:
        for n in [] if all(only.startswith(ENGINE) for only in table.only) else sizes:
            shape = Shape('', '--small') if n >= SMALL_FROM else Shape('')
            Bench(table, found or os.path.join(var, str(n)), n, shape, keep=bool(args.keep)).run()
            if not found:
                Bench(table, os.path.join(var, 'decisions'), n, Shape('', '--decisions')).run_decisions()
        if not found:
            Bench(table, os.path.join(var, 'rows'), 10000, Shape('100 rows', '--rows', '100'), whole=False).run()
            Bench(table, os.path.join(var, 'attachments'), 500, Shape('1 MB attachments', '--attachment', '1000000'), whole=False).run()
            EngineBench(table, os.path.join(var, 'engine'), args.running).run()
        measure_growth(table, sizes)
        table.end_of_table()
    finally:
        shutil.rmtree(var)


if __name__ == '__main__':
    sys.exit(main())
