"""The rows of running process instances: starts, completions, restarts, deployments, and questions while a hundred thousand instances run."""
import json, os, shutil, statistics, subprocess, tempfile, time

from servers import Wrong
from store import PORT, TOOLS, Store, hello, hello_on_disk, keeps, memory, processor_time, wrk

SECONDS = 3                            # of a load
COMPLETIONS = 100000                   # that the yardstick has ready: more than it does in that time
PREFIX = 'engine: '                   # of the names of rows
ELEMENTS, DEFINITIONS = 200, 200       # of a model; how many of these memory is measured with
ANNAS, RARE = 100, 10                  # tasks of one assignee, and instances of one definition, among all that run
BOUNDARY = 'a-boundary-that-nothing-contains'
JSON = {'variables': {'x': {'value': 1, 'type': 'Integer'}, 'y': {'value': 'abc', 'type': 'String'}}, 'businessKey': 'b'}
# of wrk: it counts answers that are not 2xx, and says what the first one was
SAYS_WHAT_FAILS = '''
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local shown = false
function response(status, headers, body)
  if (status < 200 or status > 299) and not shown then
    shown = true
    print("the first answer that was not 2xx: " .. status .. " " .. body:sub(1, 500))
  end
end
'''
COMPLETES = '''
local ids, next = {}, 0
for id in io.lines("IDS") do ids[#ids + 1] = id end
function request()
  next = next + 1
  return wrk.format(nil, "/engine-rest/task/" .. (ids[next] or "none-is-left") .. "/complete")
end
'''
# name, path, goal in milliseconds, how many rows it has (None: as many as there are)
ASKED = [
    ('tasks of an assignee, page of 50', '/task?assignee=anna&maxResults=50', 5, 50),
    ('tasks of an assignee, page of 50 by creation', '/task?assignee=anna&sortBy=created&sortOrder=desc&maxResults=50', 5, 50),
    ('tasks of a candidate group, page of 50', '/task?candidateGroup=rare&maxResults=50', 5, 1),
    ('tasks, page of 50 by creation', '/task?sortBy=created&sortOrder=desc&maxResults=50', 100, 50),
    ('running instances of a definition, page of 50', '/process-instance?processDefinitionKey=rare&maxResults=50', 5, RARE),
    ('running instances of a business key', '/process-instance?businessKey=rare', 5, RARE),
    ('executions of a definition', '/execution?processDefinitionKey=rare', 5, 2 * RARE - 1),
    ('executions at an activity', '/execution?activityId=work', 5, RARE - 1),
    ('variables of a name, page of 50', '/variable-instance?variableName=rare&maxResults=50', 200, RARE),
    ('jobs, page of 50', '/job?maxResults=50', 5, None),
    ('external tasks, page of 50', '/external-task?maxResults=50', 5, RARE - 1),
    ('external tasks of a topic', '/external-task?topicName=work', 5, RARE - 1),
    ('incidents, page of 50', '/incident?maxResults=50', 5, 0),
    ('statistics of definitions', '/process-definition/statistics', 5, 3),
    *((f'count of {what}', f'/{what}/count', 5, None) for what in (
        'process-instance', 'execution', 'task', 'external-task', 'job', 'variable-instance', 'incident')),
    ('count of tasks of an assignee', '/task/count?assignee=anna', 5, ANNAS),
    ('count of running instances of a definition', '/process-instance/count?processDefinitionKey=rare', 5, RARE),
]


def definitions(*processes):
    return ('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="bench">'
            + ''.join(processes) + '</definitions>')


def process(key, *elements):
    """elements: start tags of nodes with their ids, one behind the other, with flows between them"""
    ids = [element.split('id="')[1].split('"')[0] for element in elements]
    nodes = ''.join(f'<{element}/>' for element in elements)
    flows = ''.join(f'<sequenceFlow id="f-{a}" sourceRef="{a}" targetRef="{b}"/>' for a, b in zip(ids, ids[1:]))
    return f'<process id="{key}" isExecutable="true" camunda:historyTimeToLive="5">{nodes}{flows}</process>'


MODELS = definitions(
    process('ends', 'startEvent id="s1"', 'manualTask id="m1"', 'endEvent id="e1"'),
    process('waits', 'startEvent id="s2"', 'userTask id="t2" camunda:assignee="demo"', 'endEvent id="e2"'),
    process('rare', 'startEvent id="s3"', 'userTask id="t3" camunda:candidateGroups="rare"', 'serviceTask id="work" camunda:type="external" camunda:topic="work"',
            'endEvent id="e3"'))


def large_model(key):
    """two hundred elements: nodes of several sorts and the flows between them"""
    sorts = ('userTask id="{}" camunda:assignee="demo"', 'serviceTask id="{}" camunda:expression="${{1}}"', 'exclusiveGateway id="{}"', 'manualTask id="{}"')
    middle = [sorts[i % len(sorts)].format(f'node{i}') for i in range(ELEMENTS // 2 - 2)]
    return definitions(process(key, 'startEvent id="begin"', *middle, 'endEvent id="end"'))


class EngineBench:
    def __init__(self, table, var, n):
        self.table, self.n = table, n
        self.store = Store(var, None, n)

    def row(self, name, ours, unit, **more):
        self.table.row(PREFIX + name, self.n, ours, unit, **more)

    def wants(self, *names):
        return self.table.wants(*(PREFIX + name for name in names))

    def names(self):
        names = ['start an instance that ends at once', 'start an instance with a user task', 'complete a task']
        names += [f'{name}: {more}' for name in names for more in ('p99', 'processor time')]
        names += ['a program that says hello, on disk before', *(f'a program that writes what a {what} does' for what in ('start and end', 'start', 'completion'))]
        names += ['restart-async', 'restart-async: processor time of an instance', 'start, many running', 'memory, many running', 'memory, many running: after all questions', 'deployment of 200 elements', 'memory of a deployed definition']
        return names + [row[0] for row in ASKED]

    # -- requests --

    def deploy(self, name, text):
        """-> seconds"""
        part = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="deployment-name"\r\n\r\n{name}\r\n'
                f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}.bpmn"\r\nContent-Type: text/xml\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n')
        return self.store.exchange('/deployment/create', part.encode(), f'multipart/form-data; boundary={BOUNDARY}')[1]

    def script(self, *lines):
        """-> the file of a script for wrk"""
        path = os.path.join(self.store.var, 'requests.lua')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(SAYS_WHAT_FAILS + '\n'.join(lines))
        return path

    def post(self, path, body, seconds=SECONDS):
        return wrk(PORT, path, seconds, script=self.script(f'wrk.body = {json.dumps(json.dumps(body))}'))

    def yardstick(self, program, *args):
        with program(self.store.var, *args) as running:
            return wrk(running.port, '/hello', SECONDS)[0]

    def rate(self, name, reference, measure):
        """also what a request costs batchd, which says something beside other load, too"""
        spent = processor_time(self.store.pid)
        rate, slow = measure()
        spent = processor_time(self.store.pid) - spent
        self.row(name, rate, '/s', reference=reference, goal='>= 8000', to_reference='>= 0.333')
        self.row(f'{name}: p99', slow, 'ms')
        self.row(f'{name}: processor time', spent / (rate * SECONDS) * 1e6, 'us')

    # -- rows --

    def measure_starts(self):
        theirs = self.yardstick(hello)
        self.row('a program that says hello, on disk before', self.yardstick(hello_on_disk), '/s', reference=theirs)
        self.row('a program that writes what a start and end does', self.yardstick(keeps, 'pass'), '/s', reference=theirs)
        self.row('a program that writes what a start does', self.yardstick(keeps, 'start'), '/s', reference=theirs)
        self.rate('start an instance that ends at once', theirs, lambda: self.post('/process-definition/key/ends/start', JSON))
        self.rate('start an instance with a user task', theirs, lambda: self.post('/process-definition/key/waits/start', JSON))

    def end_all(self):
        """so that as many run as are restarted"""
        self.store.exchange('/process-instance/delete', {'processInstanceQuery': {'processDefinitionKey': 'waits'}})
        self.store.await_end()

    def finish_instances(self):
        """as many as are to be restarted, of the definition with the task, started behind it"""
        finished = '/history/process-instance/count?finished=true&processDefinitionKey=waits'
        body = {**JSON, 'startInstructions': [{'type': 'startAfterActivity', 'activityId': 't2'}]}
        while (count := self.store.api.count(finished)) < self.n:
            self.post('/process-definition/key/waits/start', body, 1 if self.n - count < 5000 else 3)
        if count > self.n:
            surplus = self.store.api.get(f'/history/process-instance?finished=true&processDefinitionKey=waits&maxResults={count - self.n}')
            self.store.exchange('/history/process-instance/delete', {'historicProcessInstanceIds': [row['id'] for row in surplus]})
            self.store.await_end()
            self.store.await_purge()

    def bare_starts(self, count):
        """-> instances a second of a program that writes as much as their starts do, many in a transaction"""
        with tempfile.TemporaryDirectory(dir=self.store.var) as home:
            said = subprocess.run([f'{TOOLS}/keeps', home, 'batch', str(count)], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        return int(said[0]) / float(said[1])

    def measure_restart(self):
        self.finish_instances()
        definition = self.store.api.get('/process-definition/key/waits')['id']
        before = self.store.api.count('/process-instance/count')
        body = {'historicProcessInstanceQuery': {'processDefinitionKey': 'waits', 'finished': True},
                'instructions': [{'type': 'startBeforeActivity', 'activityId': 't2'}]}
        begin, spent = time.perf_counter(), processor_time(self.store.pid)
        batch, _ = self.store.exchange(f'/process-definition/{definition}/restart-async', body)
        self.store.await_end()
        took, spent = time.perf_counter() - begin, processor_time(self.store.pid) - spent
        count = json.loads(batch)['totalJobs']      # one instance each
        if (more := self.store.api.count('/process-instance/count') - before) != count:
            raise Wrong(f'{more} instances run that were restarted, of {count}')
        self.row('restart-async', count / took, '/s', reference=self.bare_starts(count), goal='>= 20000')
        self.row('restart-async: processor time of an instance', spent / count * 1e6, 'us')

    def make_rare(self):
        """what is looked for: begun last"""
        for task in self.store.api.get(f'/task?sortBy=created&sortOrder=desc&maxResults={ANNAS}'):
            self.store.exchange(f'/task/{task["id"]}/assignee', {'userId': 'anna'})
        for _ in range(RARE):
            self.store.exchange('/process-definition/key/rare/start', {'businessKey': 'rare', 'variables': {'rare': {'value': 1, 'type': 'Integer'}}})
        for task in self.store.api.get('/task?processDefinitionKey=rare')[1:]:
            self.store.exchange(f'/task/{task["id"]}/complete', {})

    def measure_running(self):
        self.make_rare()
        self.store.servers.stop_batchd()
        self.row('start, many running', self.store.start() * 1000, 'ms', goal='<= 1000')
        self.store.api.get('/task?maxResults=50')
        self.row('memory, many running', memory(self.store.pid), 'MB', goal='<= 64')
        for name, path, ms, rows in ASKED:
            if self.wants(name):
                answer = self.store.api.get(path)
                found = answer['count'] if '/count' in path else len(answer)
                if rows is not None and found != rows:
                    raise Wrong(f'{path} has {found} rows, not {rows}')
                self.row(name, self.store.median_ms(path), 'ms', goal=f'<= {ms}')
        self.row('memory, many running: after all questions', memory(self.store.pid), 'MB')

    def measure_completions(self):
        theirs = self.yardstick(hello)
        self.row('a program that writes what a completion does', self.yardstick(keeps, 'complete', COMPLETIONS), '/s', reference=theirs)
        ids = os.path.join(self.store.var, 'ids')
        with open(ids, 'w', encoding='ascii') as f:
            f.writelines(task['id'] + '\n' for task in self.store.api.get('/task?processDefinitionKey=waits'))
        script = self.script('wrk.body = "{}"', COMPLETES.replace('IDS', ids))
        self.rate('complete a task', theirs, lambda: wrk(PORT, '/task', SECONDS, script=script))

    def measure_deployments(self):
        self.store.servers.stop_batchd()
        self.store.start()
        times = [self.deploy(f'model{i}', large_model(f'large{i}')) for i in range(21)]
        self.row('deployment of 200 elements', statistics.median(times) * 1000, 'ms', goal='<= 5')
        before = memory(self.store.pid)
        for i in range(DEFINITIONS):
            self.deploy(f'more{i}', large_model(f'more{i}'))
            self.store.exchange(f'/process-definition/key/more{i}/start', {})
        self.row('memory of a deployed definition', (memory(self.store.pid) - before) * 1024 / DEFINITIONS, 'KB', goal='<= 200')

    def run(self):
        if not self.wants(*self.names()):
            self.store.stop()
            return
        try:
            self.store.start()
            self.deploy('models', MODELS)
            self.measure_starts()
            self.end_all()
            self.measure_restart()
            self.measure_running()
            self.measure_completions()
            self.measure_deployments()
        finally:
            self.store.stop()
            shutil.rmtree(self.store.var)
