#!/usr/bin/env python3
"""A store on a disk that fills up: a tmpfs of its own, in a mount namespace of its own; where nothing may be mounted, or
with --preload, batchd is made to see such a disk (small_disk.c).

  disk_full.py [--preload]

  - an import that does not fit is refused in words, and nothing of it is there;
  - what would need room is answered 507, what is asked is answered;
  - deletion works on the reserve: the batch is created, ends, and its instances are gone;
  - when there is room again, everything works again, and the store is sound.
The last line is "N passed, N failed". Standard library only.
"""
import os, shutil, signal, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from servers import BIN, PATIENCE, TOP, Api, Servers, Wrong, ctl, must

DISK = 120                             # megabytes
FIRST, SECOND, LARGE, LATE = 3000, 500, 300000, 200
INSTANCES = '/history/process-instance'
NOBODY = '00000000-0000-0000-0000-000000000000'


def may_mount(directory):
    """-> what to start a command with, so that it may; None where nothing helps"""
    for how in (['unshare', '-m'], ['unshare', '-rm']):
        try:
            if subprocess.run([*how, 'mount', '-t', 'tmpfs', 'tmpfs', directory], stderr=subprocess.DEVNULL).returncode == 0:
                return how
        except FileNotFoundError:
            return None
    return None


class MountedDisk:
    """a file system of its own"""

    def __init__(self, directory):
        self.directory, self.environment = directory, {}
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={DISK}M,mode=770', 'tmpfs', directory], check=True)

    def grow(self, megabytes):
        subprocess.run(['mount', '-o', f'remount,size={megabytes}M', self.directory], check=True)

    def room(self):
        fs = os.statvfs(self.directory)
        return fs.f_bavail * fs.f_frsize

    def remove(self):
        subprocess.run(['umount', '-l', self.directory])


class PreloadedDisk:
    """what small_disk.c makes batchd see"""

    def __init__(self, directory):
        library = 'build/release/tests/e2e/small_disk.so'
        subprocess.run(['make', '-s', library], cwd=TOP, check=True, stdout=sys.stderr)
        self.directory = directory
        self.environment = {'LD_PRELOAD': os.path.join(TOP, library), 'SMALL_DISK': directory}
        self.grow(DISK)

    def grow(self, megabytes):
        with open(self.directory + '.size', 'w', encoding='ascii') as f:
            f.write(str(megabytes << 20))
        self.size = megabytes << 20

    def room(self):
        taken = 0
        for name in os.listdir(self.directory):
            try:
                taken += os.lstat(os.path.join(self.directory, name)).st_blocks * 512
            except FileNotFoundError:
                pass
        return max(0, self.size - taken)

    def remove(self):
        pass


class Disk:
    def __init__(self, var, port, kind):
        self.store = os.path.join(var, 'store')
        os.mkdir(self.store)
        self.disk = kind(self.store)
        self.ballast = os.path.join(self.store, 'ballast')
        self.servers, self.api = Servers(var, port, ('batchPollTime = 1',)), Api(port)
        self.servers.environment.update(self.disk.environment)
        self.passed = self.failed = 0

    def check(self, what, held, *said):
        self.passed, self.failed = self.passed + bool(held), self.failed + (not held)
        if not held:
            print(f'FAILED: {what}', *said, flush=True)

    def await_that(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not (held := condition()) and time.monotonic() < end:
            time.sleep(0.02)
        self.check(what, held)

    def fill(self):
        """to the last block"""
        with open(self.ballast, 'ab') as f:
            for size in (1 << 20, 4096):
                try:
                    while self.disk.room() >= size:
                        os.write(f.fileno(), bytes(size))
                except OSError:
                    continue

    def sample(self, n, seed):
        return subprocess.run([f'{BIN}/batchctl', 'sample', '--seed', str(seed), '--small', str(n)], stdout=subprocess.PIPE, check=True).stdout

    def import_sample(self, n, seed):
        """-> (exit status, what it said)"""
        p = subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'import', '-'], input=self.sample(n, seed), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return p.returncode, p.stdout.decode()

    def count(self, query=''):
        return self.api.count(f'{INSTANCES}/count{query}')

    def status(self):
        return subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'status'], stdout=subprocess.PIPE, text=True).stdout

    def start(self):
        """and waits until there is a reserve"""
        self.servers.start()
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.count()
                break
            except (OSError, Wrong):
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
        self.await_that('a reserve is kept', lambda: os.path.exists(os.path.join(self.store, 'reserve')))

    def first_instances(self):
        for n, seed in ((FIRST, 1), (SECOND, 2)):
            status, said = self.import_sample(n, seed)
            if status:
                raise Wrong(f'a small import failed: {said}')
        self.left = FIRST + SECOND

    def an_import_too_large(self):
        status, said = self.import_sample(LARGE, 3)
        self.check('the import is refused', status == 1, status)
        self.check('in words', 'no space left' in said, said)
        self.check('nothing of it is there', self.count() == self.left, self.count())
        self.check('nor is it listed', len(self.api.get(f'{INSTANCES}?maxResults=10000')) == self.left)

    def write_something(self):
        """-> (status, answer); the batch that this makes has failed and stays, unless it is removed"""
        return self.api.call('POST', '/job/retries', {'jobIds': [NOBODY], 'retries': 1})

    def nothing_fits(self):
        """a checkpoint may make room by removing a log file: then that is filled, too"""
        end, made = time.monotonic() + PATIENCE, []
        while True:
            self.fill()
            status, answer = self.write_something()
            if status != 200 or time.monotonic() > end:
                break
            made.append(answer['id'])
        self.check('what needs room is answered 507', status == 507, status, answer)
        self.check('with a message', 'no space left' in str(answer), answer)
        self.check('and makes no batch', self.api.count('/batch/count') == len(made), made)
        self.check('questions are answered', self.count() == self.left)
        self.check('status says it', '\nthe disk is full' in self.status(), self.status())

    def deletion_works(self, key):
        status, batch = self.api.call('POST', f'{INSTANCES}/delete', {'historicProcessInstanceQuery': {'processDefinitionKey': key}, 'deleteReason': 'full'})
        self.check('a deletion is created', status == 200, status, batch)
        if status != 200:
            return
        self.await_that('and ends', lambda: self.api.call('GET', f'/batch/{batch["id"]}')[0] == 404)
        self.check('what it names is gone', self.count(f'?processDefinitionKey={key}') == 0)
        self.check('and nothing else', self.count() == self.left - batch['totalJobs'], self.count(), batch)
        self.left = self.count()
        one = self.api.get(f'{INSTANCES}?maxResults=1')[0]['id']
        status, said = self.api.call('DELETE', f'{INSTANCES}/{one}')
        self.check('one is deleted', status == 204 and self.count() == self.left - 1, status, said)
        self.left -= 1

    def there_is_room_again(self, seed):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)
        else:
            self.disk.grow(2 * DISK)
        status, said = self.import_sample(LATE, seed)
        self.left += LATE
        self.check('imports go on', status == 0 and self.count() == self.left, status, said, self.count())
        status, said = self.write_something()
        self.check('so does the rest', status == 200, status, said)
        self.await_that('the purge catches up', lambda: 'to purge: 0' in self.status().splitlines()[0])
        self.check('status has forgotten it', 'disk is full' not in self.status(), self.status())
        self.servers.stop_batchd()
        must(ctl(self.servers, 'verify'))

    def make_room(self, megabytes):
        os.truncate(self.ballast, os.path.getsize(self.ballast) - (megabytes << 20))

    def after_a_kill(self):
        """recovery writes pages, and no log file full of zeros: a little room is enough"""
        self.fill()
        self.servers.kill()
        self.make_room(8)
        self.servers.start()
        self.check('all is there after a kill', self.count() == self.left, self.count())

    def after_a_kill_with_a_reserve(self):
        """recovery has no room but that"""
        self.servers.stop_batchd()
        self.make_room(32)
        self.start()
        status, said = self.import_sample(FIRST, 6)
        self.left += FIRST
        self.check('an import that is still in the log', status == 0, said)
        self.servers.kill()
        self.fill()
        self.servers.start()
        self.check('the reserve was given up', not os.path.exists(os.path.join(self.store, 'reserve')))
        self.check('all is there after another kill', self.count() == self.left, self.count())

    def run(self):
        try:
            self.start()
            self.first_instances()
            self.nothing_fits()
            self.deletion_works('claim')
            self.after_a_kill()
            self.after_a_kill_with_a_reserve()
            self.there_is_room_again(4)
            self.start()
            self.an_import_too_large()
            self.deletion_works('invoice')
            self.there_is_room_again(5)
        except (Wrong, OSError, subprocess.SubprocessError) as e:
            self.check('all of it', False, e)
        finally:
            self.servers.stop()
            if self.failed:
                sys.stdout.write(self.servers.said().decode()[-3000:])
            self.disk.remove()
        print(f'{self.passed} passed, {self.failed} failed')
        return 1 if self.failed else 0


def test_on(kind, var):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that servers are stopped
    return Disk(var, int(os.environ.get('PORT_DISK', '8189')), kind).run()


def main():
    if sys.argv[1:2] == ['--mounted']:                         # in a namespace made for it
        return test_on(MountedDisk, sys.argv[2])
    var = tempfile.mkdtemp()
    try:
        how = None if '--preload' in sys.argv else may_mount(var)
        if how:
            return subprocess.run([*how, sys.executable, os.path.abspath(__file__), '--mounted', var]).returncode
        return test_on(PreloadedDisk, var)
    finally:
        shutil.rmtree(var, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
