#!/usr/bin/env python3
"""Kills batchd with SIGKILL while process instances are started, worked on and restarted, and looks what is left.

  engine.py [--kills 20] [--seed N]

In each round several clients start instances of one process and complete what waits in them, user tasks and external
tasks, while the job executor goes on with what is asynchronous; a batch restarts what has ended. batchd is killed at a
random moment, started again, and checked is that
  - every acknowledged start, completion and batch is there;
  - no instance is half advanced: its tree, its tasks and its history agree;
  - every instance of a batch is restarted once, and none twice;
  - everything that was started can be worked off to its end.
Each kill is a test; the last line is "N passed, N failed". Standard library only.
"""
import os, random, sys, threading, time, urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kills import BROKEN, Rounds, kill_until_enough
from servers import PATIENCE, Wrong, ctl, must

CLIENTS, RESTARTS = 4, 40                  # at once; instances of a batch
MODEL = '''<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="x">
<process id="crash" isExecutable="true" camunda:historyTimeToLive="5">
<startEvent id="begin"/><userTask id="first"/><parallelGateway id="fork"/>
<serviceTask id="outside" camunda:type="external" camunda:topic="crash"/><userTask id="later" camunda:asyncBefore="true"/>
<subProcess id="box"><startEvent id="in"/><userTask id="boxed"/><endEvent id="out"/>
<sequenceFlow id="b1" sourceRef="in" targetRef="boxed"/><sequenceFlow id="b2" sourceRef="boxed" targetRef="out"/></subProcess>
<parallelGateway id="join"/><userTask id="last"/><endEvent id="end"/>
<sequenceFlow id="f1" sourceRef="begin" targetRef="first"/><sequenceFlow id="f2" sourceRef="first" targetRef="fork"/>
<sequenceFlow id="f3" sourceRef="fork" targetRef="outside"/><sequenceFlow id="f4" sourceRef="fork" targetRef="later"/>
<sequenceFlow id="f5" sourceRef="fork" targetRef="box"/><sequenceFlow id="f6" sourceRef="outside" targetRef="join"/>
<sequenceFlow id="f7" sourceRef="later" targetRef="join"/><sequenceFlow id="f8" sourceRef="box" targetRef="join"/>
<sequenceFlow id="f9" sourceRef="join" targetRef="last"/><sequenceFlow id="f10" sourceRef="last" targetRef="end"/>
</process></definitions>'''


class Client(threading.Thread):
    """Starts instances and works on them until the connection breaks."""

    def __init__(self, api, rnd, name):
        super().__init__(daemon=True)
        self.api, self.rnd, self.worker = api, rnd, name
        self.started, self.completed, self.outside, self.wrong, self.stop = [], [], [], None, False

    def work(self):
        if self.rnd.random() < 0.3:
            status, answer = self.api.call('POST', '/process-definition/key/crash/start', {'businessKey': self.worker, 'variables': {'n': {'value': 1}}})
            if status == 200:
                self.started.append(answer['id'])
            return status, answer
        if self.rnd.random() < 0.3:
            status, answer = self.api.call('POST', '/external-task/fetchAndLock', {'workerId': self.worker, 'maxTasks': 2,
                                                                                   'topics': [{'topicName': 'crash', 'lockDuration': 60000}]})
            for task in answer if status == 200 else ():
                status, answer = self.api.call('POST', f'/external-task/{task["id"]}/complete', {'workerId': self.worker, 'variables': {'o': {'value': 2}}})
                if status == 204:
                    self.outside.append(task['activityInstanceId'])
            return status, answer
        status, answer = self.api.call('GET', f'/task?maxResults=3&firstResult={self.rnd.randrange(20)}')
        for task in answer if status == 200 else ():
            status, answer = self.api.call('POST', f'/task/{task["id"]}/complete', {'variables': {'t': {'value': task['id']}}})
            if status == 204:
                self.completed.append(task['id'])
            elif status == 500 and 'Cannot find task' in answer:
                status = 204               # somebody else was quicker
        return status, answer

    def run(self):
        while not self.stop:
            try:
                status, answer = self.work()
            except BROKEN:
                return
            if status in (502, 503, 504):
                return
            if status not in (200, 204):
                self.wrong = f'{self.worker} was answered {status}: {answer}'
                return


class EngineRounds(Rounds):
    def __init__(self, servers, api, rnd):
        super().__init__(servers, api, rnd)
        self.batches, self.restarted, self.number, self.definition = {}, set(), 0, None
        self.hits = {'work': 0, 'restart': 0, **self.hits}

    def first(self):
        super().first()
        self.deploy()

    def deploy(self):
        edge = 'xxcrashxx'
        data = (f'--{edge}\r\nContent-Disposition: form-data; name="f"; filename="crash.bpmn"\r\n\r\n{MODEL}\r\n--{edge}--\r\n').encode()
        request = urllib.request.Request(self.api.base + '/deployment/create', data=data, method='POST',
                                         headers={'Content-Type': f'multipart/form-data; boundary={edge}'})
        with self.api.opener.open(request, timeout=PATIENCE) as r:
            if r.status != 200:
                raise Wrong('the process was not deployed')
        self.definition = self.api.get('/process-definition/key/crash')['id']

    def restart_some(self):
        """-> thread that creates a batch over instances that ended and were in no batch before, or None"""
        ended = [i['id'] for i in self.api.get('/history/process-instance?finished=true&maxResults=400') if i['id'] not in self.restarted]
        chosen = ended[:RESTARTS]
        if len(chosen) < 5:
            return None
        body = {'processInstanceIds': chosen, 'instructions': [{'type': 'startBeforeActivity', 'activityId': self.rnd.choice(('first', 'last'))}]}

        def create():
            try:
                status, answer = self.api.call('POST', f'/process-definition/{self.definition}/restart-async', body)
            except BROKEN:
                return
            if status == 200:
                self.batches[answer['id']] = chosen

        self.restarted.update(chosen)
        thread = threading.Thread(target=create, daemon=True)
        thread.start()
        return thread

    def round(self):
        self.number += 1
        clients = [Client(self.api, random.Random(self.rnd.random()), f'c{i}-{self.number}') for i in range(CLIENTS)]
        batch = self.restart_some()
        for c in clients:
            c.start()
        time.sleep(self.rnd.uniform(0.05, 0.8))
        self.servers.kill()
        self.hits['restart' if batch else 'work'] += 1
        for c in clients:
            c.stop = True
            c.join(PATIENCE)
        if batch:
            batch.join(PATIENCE)
        self.recover()
        for c in clients:
            self.look_at(c)
        for instance in self.api.get('/process-instance?maxResults=60'):
            self.agree(instance['id'])

    def look_at(self, client):
        if client.wrong:
            raise Wrong(client.wrong)
        for ident in client.started:
            self.api.get(f'/history/process-instance/{ident}')
        for ident in client.completed:
            found = self.api.get(f'/history/task?taskId={ident}')
            if len(found) != 1 or found[0]['deleteReason'] != 'completed':
                raise Wrong(f'task {ident} was completed, and now is {found}')
        for ident in client.outside:
            if not all(a['endTime'] for a in self.api.get(f'/history/activity-instance?activityInstanceId={ident}')):
                raise Wrong(f'external task of {ident} was completed, and is not')

    def agree(self, ident):
        """the tree, the tasks and the history of a running instance tell the same"""
        status, tree = self.api.call('GET', f'/process-instance/{ident}/activity-instances')
        if status == 404:
            return                          # its last job ran meanwhile
        here, tasks = set(), 0

        def walk(item):
            nonlocal tasks
            for child in item['childActivityInstances']:
                here.add(child['id'])
                tasks += child['activityType'] == 'userTask'
                walk(child)

        walk(tree)
        history = {a['id'] for a in self.api.get(f'/history/activity-instance?processInstanceId={ident}&unfinished=true')}
        count = self.api.count(f'/task/count?processInstanceId={ident}')
        if self.api.call('GET', f'/process-instance/{ident}/activity-instances')[1] != tree:
            return                          # an asynchronous step in between
        if here != history or count != tasks:
            raise Wrong(f'instance {ident}: tree {sorted(here)}, history {sorted(history)}, {count} tasks')

    def finish(self):
        """works everything off; batches end, and have restarted each of theirs once"""
        worker, end = Client(self.api, self.rnd, 'finish'), time.monotonic() + 4 * PATIENCE
        while self.api.count('/batch/count') or self.api.count('/process-instance/count'):
            for task in self.api.get('/task?maxResults=200'):
                self.api.call('POST', f'/task/{task["id"]}/complete', {})
            for task in self.api.get('/external-task?maxResults=200'):
                self.api.call('POST', f'/external-task/{task["id"]}/unlock')
            fetched = self.api.get('/external-task/fetchAndLock', {'workerId': worker.worker, 'maxTasks': 200,
                                                                   'topics': [{'topicName': 'crash', 'lockDuration': 1000}]})
            for task in fetched:
                self.api.call('POST', f'/external-task/{task["id"]}/complete', {'workerId': worker.worker})
            if time.monotonic() > end:
                raise Wrong('what was started does not come to its end')
        times = {}
        for i in self.api.get('/history/process-instance'):
            old = i['restartedProcessInstanceId']
            times[old] = times.get(old, 0) + 1
        for batch, ids in self.batches.items():
            for ident in ids:
                if times.get(ident) != 1:
                    raise Wrong(f'batch {batch} restarted {ident} {times.get(ident, 0)} times')
        if any(n > 1 for old, n in times.items() if old):
            raise Wrong('an instance was restarted twice')

    def verify(self):
        self.finish()
        super().verify()


if __name__ == '__main__':
    sys.exit(kill_until_enough(__doc__, 'crash-engine', 8192, EngineRounds, 1))
