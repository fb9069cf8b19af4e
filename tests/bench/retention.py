"""Removal times and clean-up: rows of bench.py, for process instances and for decision instances.

What is set, cleaned up or purged is measured beside bare Berkeley DB on the same files (bare.c); that nothing is due is
found by the search that each run of a clean-up job does, called by itself (due.c). Rates are those of a client, from its request
to the end of the batch, until nothing is visible any more, or until the bytes or files are gone.
"""
import os, subprocess, threading, time

from servers import Wrong
from store import LONG, PORT, TOOLS, wrk

PAST, FUTURE = '2020-01-01T00:00:00.000+0000', '2199-01-01T00:00:00.000+0000'
SEARCHES = 10000
LARGE = 1000000          # from here on the goals for rates hold
KEYS = 'delivery,reminder,survey'        # three tenths, spread over all segments

# of a subject: what is behind the names of its rows, path, members of bodies and criteria, archive
PROCESSES = ('', 'process-instance', 'historicProcessInstanceQuery', 'processDefinitionKeyIn', 'process')
DECISIONS = (', decisions', 'decision-instance', 'historicDecisionInstanceQuery', 'decisionDefinitionKeyIn', 'decision')
WITH_DECISIONS = [f'{name}{DECISIONS[0]}' for name in ('removal time, *', 'clean-up, *')]


class Retention:
    def __init__(self, at, subject):
        self.at, self.store, self.n = at, at.store, at.n
        self.note, noun, self.query, self.keys, self.archive = subject
        self.path, self.definitions = f'/history/{noun}', f'/{noun.replace("instance", "definition")}'
        self.goals = self.n >= 100000

    def row(self, name, ours, unit, **more):
        self.at.row(name + self.note, ours, unit, **more)

    def wants(self, *names):
        return self.at.wants(*(name + self.note for name in names))

    def count(self, some=False):
        return self.store.api.count(f'{self.path}/count' + (f'?{self.keys}={KEYS}' if some else ''))

    def bare(self, command, *args):
        return self.at.bare(command, self.store.home + '.kept', *args, archive=self.archive)

    def start_fresh(self):
        self.store.fresh()
        self.store.start()
        self.count()

    def set_removal_times(self, some=False, **body):
        """-> instances a second, from the request to the end of the batch"""
        query = {self.keys: KEYS.split(',')} if some else {}
        begin = time.perf_counter()
        self.store.exchange(f'{self.path}/set-removal-time', {**body, self.query: query})
        self.store.await_end()
        return self.n / (time.perf_counter() - begin)

    def measure_removal_times(self):
        """of all instances: their numbers ascend. What they were set to before is of no matter, so the store need not be fresh"""
        names = [f'removal time, {mode}{tree}' for mode in ('absolute', 'calculated') for tree in ('', ', hierarchical')]
        if not self.wants(*names):
            return
        bare, store = self.bare('retime'), self.store
        self.start_fresh()
        for definition in store.api.get(self.definitions):
            store.api.call('PUT', f'{self.definitions}/{definition["id"]}/history-time-to-live', {'historyTimeToLive': 10000})
        for name in names:
            mode = {'absoluteRemovalTime': FUTURE} if 'absolute' in name else {'calculatedRemovalTime': True}
            ours = max(self.set_removal_times(**mode, hierarchical='hierarchical' in name) for _ in range(2))
            self.row(name, ours, '/s', reference=bare, goal='>= 500000' if self.goals else '', to_reference='>= 0.6' if self.goals else '')

    def measure_nothing_due(self):
        """through a client, and by itself, with all that it reads"""
        names = 'clean-up, nothing due: by a client', 'clean-up, nothing due: search', 'clean-up, nothing due: reads of files', 'clean-up, nothing due: read from the disk'
        if not self.wants(*names):
            return
        self.start_fresh()
        self.set_removal_times(absoluteRemovalTime=FUTURE)
        self.row(names[0], 1000 * min(self.store.exchange('/history/cleanup', b'')[1] for _ in range(5)), 'ms')
        self.store.servers.stop_batchd()
        said = subprocess.run([f'{TOOLS}/due', self.store.home, str(SEARCHES)], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        self.row(names[1], float(said[0]), 'ms', goal='<= 1')
        self.row(names[2], int(said[1]) / SEARCHES, '', goal='<= 0')
        self.row(names[3], int(said[2]) / SEARCHES, 'B', goal='<= 0')

    def clean_up(self, left):
        """-> when it began, seconds until no more than `left` instances are visible"""
        begin = time.perf_counter()
        self.store.exchange('/history/cleanup', b'')
        while self.count() > left:
            time.sleep(0.01)             # the purge gives way to questions
            if time.perf_counter() - begin > LONG:
                raise Wrong('clean-up does not end')
        return begin, time.perf_counter() - begin

    def measure_spread(self):
        names = 'clean-up, spread', 'clean-up, spread: purged', 'clean-up, spread: purged, of a program that reads first'
        if not self.wants(*names):
            return
        bare = self.bare('delete', '3') if self.wants(names[1]) else None
        reading = self.bare('purge', '3') if self.wants(names[2]) else None
        self.start_fresh()
        part = self.count(some=True)
        self.set_removal_times(some=True, absoluteRemovalTime=PAST)
        begin, took = self.clean_up(self.n - part)
        self.row(names[0], part / took, '/s', goal='>= 1000000' if self.n >= LARGE else '')
        self.store.await_purge()
        purged = part / (time.perf_counter() - begin)
        self.row(names[1], purged, '/s', reference=bare, to_reference='>= 0.8' if self.goals else '')
        self.row(names[2], purged, '/s', reference=reading, to_reference='>= 0.8' if self.goals else '')

    def whole_segments(self):
        """the files of all but the last one"""
        return self.store.files(f'{self.archive}-[0-9]*.db')[:-1]

    def measure_whole(self):
        names = 'clean-up, whole segments', 'clean-up, whole segments: files gone'
        if not self.wants(*names) or self.n < 100000:
            return
        bare = self.bare('remove') if self.wants(names[1]) else None
        self.start_fresh()
        self.set_removal_times(absoluteRemovalTime=PAST)
        files = self.whole_segments()
        begin, took = self.clean_up(0)
        self.row(names[0], self.n / took, '/s', goal='>= 1000000' if self.n >= LARGE else '')
        while any(os.path.exists(f) for f in files):
            if time.perf_counter() - begin > LONG:
                raise Wrong('files of segments that are gone are there')
            time.sleep(0.001)
        self.row(names[1], len(files) * 32768 / (time.perf_counter() - begin), '/s', reference=bare, to_reference='>= 0.8')
        self.store.await_purge()

    def measure_foreground(self):
        """while whole segments go; an instance that is gone is a 404, and as much work"""
        name = 'an instance by id during clean-up: p99'
        if not self.wants(name):
            return
        self.start_fresh()
        self.set_removal_times(absoluteRemovalTime=PAST)
        path = f'{self.path}/{self.at.shape.ids(1)[0]}'
        _, idle = wrk(PORT, path, 2, any_status=True)
        removing = threading.Timer(0.3, lambda: self.clean_up(0))
        removing.start()
        _, busy = wrk(PORT, path, 2, any_status=True)
        removing.join()
        self.row(name, busy, 'ms', reference=idle, to_reference='<= 3')
        self.store.await_purge()

    def measure(self):
        self.measure_removal_times()
        self.measure_nothing_due()
        self.measure_spread()
        self.measure_whole()
        if not self.note:
            self.measure_foreground()
