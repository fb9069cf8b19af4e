#!/usr/bin/env python3
"""Kills batchd with SIGKILL while it sets removal times and cleans up, and looks what is left.

  retention.py [--kills 20] [--seed N]

Each round imports trees of process instances with a decision each, gives some trees removal times in the past and
others one in the future by batches, and starts a clean-up with one job or eight; batchd is killed at a random moment of
both (now and then again while it recovers). Each time it is started again and has to go on by itself. Checked is that
  - every acknowledged batch ends, and each instance and decision has the removal time it was given;
  - an unacknowledged one has happened wholly or not at all;
  - what is due goes, and nothing else; an instance goes with all its children, a tree at once;
  - the metrics count exactly what went.
Each kill is a test; the last line is "N passed, N failed". Standard library only.
"""
import json, os, signal, sys, threading, time, uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kills import BROKEN, Rounds, kill_until_enough
from servers import PATIENCE, Wrong, ctl, must

TREES, SUBS, PER_BATCH = 1000, 3, 150       # of a round; most sub-instances of a tree; trees of a batch
MANY = 70000                                # further instances of a round, which are due: more than a transaction takes
TIMES = {'startTime': '2025-03-01T08:00:00.000+0000', 'endTime': '2025-03-01T09:00:00.000+0000'}
FUTURE = '2099-01-01T{:02}:{:02}:{:02}.000+0000'       # a time belongs to one batch
PAST = '2025-04-01T{:02}:{:02}:{:02}.000+0000'


class Tree:
    def __init__(self, rnd):
        self.ids = [str(uuid.UUID(int=rnd.getrandbits(128), version=4)) for _ in range(1 + rnd.randrange(SUBS + 1))]
        self.removal = None             # as it was asked for

    def lines(self):
        for place, ident in enumerate(self.ids):
            more = {'superProcessInstanceId': self.ids[place - 1]} if place else {}
            yield json.dumps({
                'processInstance': {'id': ident, 'processDefinitionId': 'tree:1:t', 'processDefinitionKey': 'tree', 'rootProcessInstanceId': self.ids[0],
                                    'state': 'COMPLETED', **TIMES, **more},
                'activityInstances': [{'id': f'a:{ident}', 'activityId': 'a', 'activityType': 'task', 'executionId': ident, **TIMES}],
                'variables': [{'id': f'v:{ident}', 'name': 'v', 'type': 'String', 'value': ident, 'valueInfo': {}, 'state': 'CREATED'}],
                'decisionInstances': [{'id': f'd:{ident}', 'decisionDefinitionId': 'd:1:d', 'decisionDefinitionKey': 'd', 'processInstanceId': ident,
                                       'evaluationTime': TIMES['startTime']}],
            })


class Creator(threading.Thread):
    """Creates one batch; `state` becomes acknowledged, or stays doubtful when the connection broke."""

    def __init__(self, api, trees, time_):
        super().__init__(daemon=True)
        self.api, self.trees, self.time, self.batch, self.wrong = api, trees, time_, None, None

    def run(self):
        body = {'absoluteRemovalTime': self.time, 'hierarchical': True, 'historicProcessInstanceIds': [t.ids[-1] for t in self.trees]}
        try:
            status, answer = self.api.call('POST', '/history/process-instance/set-removal-time', body)
        except BROKEN:
            return
        if status == 200:
            self.batch = answer['id']
        elif status not in (502, 503, 504):
            self.wrong = f'creation answered {status}: {answer}'


class RetentionRounds(Rounds):
    def __init__(self, servers, api, rnd):
        super().__init__(servers, api, rnd)
        self.trees, self.removed, self.generation = [], {'process': 0, 'decision': 0}, 0
        self.hits = {'creation': 0, 'removal times': 0, 'clean-up': 0, 'start of a clean-up': 0, **self.hits}

    def start(self, *options):
        super().start('-o', f'historyCleanupDegreeOfParallelism={self.rnd.choice((1, 1, 8))}', *options)

    def kill(self, look):
        """starts it again without a job executor, to see what the kill has left; then as it should be, now and then killed again in the midst"""
        self.servers.kill()
        self.start('-o', 'jobExecutorAcquireByPriority=true', '-o', 'jobExecutorPriorityRangeMin=1000')
        look()
        self.servers.kill()
        self.recover()

    def import_trees(self):
        trees = [Tree(self.rnd) for _ in range(TREES)]
        path = os.path.join(self.servers.var, 'trees.ndjson')
        with open(path, 'w', encoding='utf-8') as f:
            f.writelines(line + '\n' for t in trees for line in t.lines())
            # bare ones: only how many they are is of interest
            f.writelines(f'{{"processInstance":{{"id":"{self.rnd.getrandbits(32):08x}-{self.generation:04x}-4000-8000-{i:012x}","startTime":"{PAST.format(0, 0, 0)}",'
                         f'"endTime":"{PAST.format(0, 0, 0)}","removalTime":"{PAST.format(0, i % 60, 0)}"}}}}\n' for i in range(MANY))
        must(ctl(self.servers, 'import', path))
        os.unlink(path)
        self.trees += trees
        self.generation += 1

    # -- removal times --

    def set_removal_times(self, killed):
        chosen = self.rnd.sample(self.trees, min(len(self.trees), 6 * PER_BATCH))
        creators = []
        for i in range(0, len(chosen), PER_BATCH):
            form = FUTURE if i == 0 else PAST
            creators.append(Creator(self.api, chosen[i:i + PER_BATCH], form.format(self.generation // 60, self.rnd.randrange(60), self.generation % 60)))
        for c in creators:
            c.start()
        if killed:
            time.sleep(self.rnd.uniform(0, 0.1))
            self.kill(self.look_at_every_tree)
        for c in creators:
            c.join(PATIENCE)
            if c.wrong:
                raise Wrong(c.wrong)
        self.hits['creation'] += any(c.batch is None for c in creators)
        self.await_(lambda: not self.api.count('/batch/count'), 'batches do not end')
        for c in creators:
            self.look_at_batch(c)

    def removal_times(self, trees):
        """of their instances: {id: time}"""
        ids = [i for t in trees for i in t.ids]
        return {row['id']: row['removalTime'] for row in self.api.get('/history/process-instance', {'processInstanceIds': ids})}

    def look_at_batch(self, creator):
        times = self.removal_times(creator.trees)
        done = sum(time_ == creator.time for time_ in times.values())
        if done not in ((len(times),) if creator.batch else (0, len(times))):
            raise Wrong(f'batch {creator.batch} has set {done} of {len(times)} removal times')
        if not done:
            return
        for tree in creator.trees:
            tree.removal = creator.time
        ident = self.rnd.choice(creator.trees).ids[0]
        for kind in ('decision-instance', 'activity-instance', 'variable-instance'):
            rows = self.api.get(f'/history/{kind}?processInstanceId={ident}')
            if [row['removalTime'] for row in rows] != [creator.time]:
                raise Wrong(f'{kind} of {ident}: {rows}')

    # -- clean-up --

    def due(self):
        return [t for t in self.trees if t.removal and t.removal < '2090']

    def count(self, kind='process-instance'):
        return self.api.count(f'/history/{kind}/count')

    def clean_up(self, killed):
        due = self.due()
        expected = sum(len(t.ids) for t in self.trees) - sum(len(t.ids) for t in due)
        acknowledged = self.start_clean_up(killed)
        if self.servers.power_cuts:         # what batches set last may be set once more, behind the clean-up
            self.await_(lambda: not self.api.count('/batch/count'), 'batches do not end')
            acknowledged = False
        if not acknowledged and self.api.call('POST', '/history/cleanup')[0] != 200:
            raise Wrong('POST /history/cleanup is refused')
        self.await_(lambda: self.count() <= expected, lambda: f'clean-up does not go on: {self.count()} instances, {expected} should be left')
        self.await_(lambda: self.count('decision-instance') <= expected, 'clean-up leaves decisions')
        self.trees = [t for t in self.trees if t not in set(due)]
        for kind, more in (('process', MANY), ('decision', 0)):
            self.removed[kind] += sum(len(t.ids) for t in due) + more

    def let_run(self, milliseconds):
        """the stopped batchd, in small slices"""
        end = milliseconds / 1000
        while end > 0:
            begin = time.perf_counter()
            self.servers.batchd.send_signal(signal.SIGCONT)
            time.sleep(0.00005)
            self.servers.batchd.send_signal(signal.SIGSTOP)
            end -= time.perf_counter() - begin

    def start_clean_up(self, killed):
        """-> whether it has been acknowledged"""
        answers = []

        def post():
            try:
                answers.append(self.api.call('POST', '/history/cleanup')[0])
            except BROKEN:
                pass

        poster = threading.Thread(target=post, daemon=True)
        if killed:      # a clean-up takes a millisecond or two: only a request that waits for it can be met
            self.servers.batchd.send_signal(signal.SIGSTOP)
        poster.start()
        if not killed:
            poster.join(PATIENCE)
            return answers == [200]
        time.sleep(0.02)
        self.let_run(self.rnd.uniform(0, 30))
        self.kill(self.look_at_clean_up)
        poster.join(PATIENCE)
        self.hits['start of a clean-up'] += answers != [200]
        return answers == [200]

    def look_at_every_tree(self):
        """while nothing happens: the instances of a tree are there with the same removal time, or gone together"""
        times = {}
        for i in range(0, len(self.trees), 500):
            times.update(self.removal_times(self.trees[i:i + 500]))
        for tree in self.trees:
            if len({times.get(i, 'gone') for i in tree.ids}) > 1:
                raise Wrong(f'a tree is torn: { {i: times.get(i, "gone") for i in tree.ids} }')
        self.hits['removal times'] += self.api.count('/batch/count') > 0

    def look_at_clean_up(self):
        """the same, and what has gone so far was due, and has been counted"""
        self.look_at_every_tree()
        due, all_ = sum(len(t.ids) for t in self.due()), sum(len(t.ids) for t in self.trees)
        for kind, more in (('process', MANY), ('decision', 0)):
            gone = all_ + more - self.count(f'{kind}-instance')
            if (counted := self.metric(kind)) != self.removed[kind] + gone:
                raise Wrong(f'the metrics count {counted} {kind} instances, {self.removed[kind] + gone} have gone')
            self.hits['clean-up'] += kind == 'process' and 0 < gone < due + more

    def metric(self, kind):
        return self.api.get(f'/metrics/history-cleanup-removed-{kind}-instances/sum')['result']

    def compare(self):
        left = sum(len(t.ids) for t in self.trees)
        found = {kind: self.count(kind) for kind in ('process-instance', 'decision-instance', 'activity-instance', 'variable-instance')}
        if set(found.values()) != {left}:
            raise Wrong(f'{found}, {left} of each should be there')
        for kind in ('process', 'decision'):
            if (counted := self.metric(kind)) != self.removed[kind]:
                raise Wrong(f'the metrics count {counted} {kind} instances, {self.removed[kind]} have gone')
        times = self.removal_times(self.rnd.sample(self.trees, min(200, len(self.trees))))
        wanted = {i: t.removal for t in self.trees for i in t.ids}
        if wrong := {i: t for i, t in times.items() if t != wanted[i]}:
            raise Wrong(f'removal times: {wrong}')

    def round(self):
        """two kills"""
        self.import_trees()
        self.set_removal_times(True)
        self.clean_up(True)
        self.compare()

    def verify(self):
        self.servers.stop_batchd()
        must(ctl(self.servers, 'verify'))


if __name__ == '__main__':
    sys.exit(kill_until_enough(__doc__, 'crash-retention', 8194, RetentionRounds, 2))
