"""What the crash tests have in common: options, rounds until there were enough kills, the sum at the end."""
import argparse, http.client, os, random, shutil, signal, struct, subprocess, sys, time

from servers import PATIENCE, TOP, Api, Servers, Wrong, ctl, must

BROKEN = (OSError, http.client.HTTPException, ValueError)      # a connection that broke off; ValueError: in the midst of an answer


NOTE = struct.Struct('=qqq')              # of power_cut.c
LIBRARY = 'build/release/tests/crash/power_cut.so'


class PowerCuts(Servers):
    """a kill takes with it what was never synced"""

    power_cuts = True

    def __init__(self, var, port, settings, rnd):
        super().__init__(var, port, settings)
        self.rnd, self.home = rnd, os.path.realpath(os.path.join(var, 'store'))
        self.notes = self.home + '.undo'
        os.makedirs(self.notes, exist_ok=True)
        subprocess.run(['make', '-s', '-C', TOP, LIBRARY], check=True)
        self.environment |= {'LD_PRELOAD': os.path.join(TOP, LIBRARY), 'POWER_CUT': self.home}

    def kill(self):
        super().kill()
        files = {}
        for folder, _, names in os.walk(self.home):
            for name in names:
                path = os.path.join(folder, name)
                files[os.stat(path).st_ino] = path
        for inode in os.listdir(self.notes):
            if int(inode) in files:
                self.take_back(files[int(inode)], os.path.join(self.notes, inode))
            os.remove(os.path.join(self.notes, inode))
        guard = os.path.join(self.home, 'pages.guard')     # of another boot
        if os.path.exists(guard):
            os.remove(guard)

    def take_back(self, path, notes):
        with open(notes, 'rb') as f:
            said = f.read()
        found, at = [], 0
        while at < len(said):
            offset, count, size = NOTE.unpack_from(said, at)
            found.append((offset, said[at + NOTE.size:at + NOTE.size + count], size))
            at += NOTE.size + count
        with open(path, 'r+b') as f:
            for offset, before, size in reversed(found):
                if size < 0:
                    f.truncate(0)
                    if self.rnd.random() < 0.5:
                        os.remove(path)
                    return
                f.seek(offset)
                f.write(before)
                f.truncate(size)


class Rounds:
    """what is done to a batchd between kills; a test says what a round() is, and counts in `hits` what its kills hit"""

    def __init__(self, servers, api, rnd):
        self.servers, self.api, self.rnd = servers, api, rnd
        self.hits = {'recovery': 0}

    def first(self):
        self.start()

    def start(self, *options):
        self.servers.start(*options)
        self.await_web()

    def await_web(self, api=None):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return (api or self.api).count('/batch/count')
            except (OSError, Wrong) as e:
                if time.monotonic() > end:
                    raise Wrong(f'no answer through the web server: {e}')
                time.sleep(0.01)

    def await_(self, condition, what):
        """until CONDITION() holds; WHAT is wrong if it does not, and may be a function"""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise Wrong(what() if callable(what) else what)
            time.sleep(0.02)

    def recover(self):
        """it was killed: starts it again, now and then killed once more in the midst"""
        if self.rnd.random() < 0.25:
            self.servers.spawn()
            time.sleep(self.rnd.uniform(0, 0.05))
            self.servers.kill()
            self.hits['recovery'] += 1
        self.start()

    def verify(self):
        """batchd stands still afterwards"""
        self.servers.stop_batchd()
        must(ctl(self.servers, 'verify'))

    def stop(self):
        """what was started beside batchd"""


def place(name):
    """an empty directory of that name, for the store"""
    var = os.path.join(os.environ.get('BATCHD_VAR', os.path.join(TOP, 'var')), name)
    shutil.rmtree(var, ignore_errors=True)
    os.makedirs(var)
    return var


def kill_until_enough(what, name, port, make, kills_of_a_round, find_place=place, settings=()):
    """MAKE(servers, api, rnd) are the Rounds; FIND_PLACE(name) is where the store goes; -> exit status"""
    p = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--kills', type=int, default=20)
    p.add_argument('--seed', type=int, default=random.randrange(1 << 30), help='the random moments; printed at the start')
    p.add_argument('--port', type=int, default=port)
    p.add_argument('--power-cuts', action='store_true', help='what was not synced is lost with each kill')
    args = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that servers are stopped
    var = find_place(name)
    print(f'seed {args.seed}', flush=True)
    rnd, passed, failed = random.Random(args.seed), 0, 0
    settings = ('reserveSize = 0', 'batchPollTime = 1', *settings)
    servers = PowerCuts(var, args.port, settings, rnd) if args.power_cuts else Servers(var, args.port, settings)
    rounds = make(servers, Api(args.port), rnd)
    try:
        rounds.first()
        while passed < args.kills:
            rounds.round()
            passed += kills_of_a_round
            if passed % 20 == 0:
                print(f'{passed} of {args.kills} kills', flush=True)
                rounds.verify()
                rounds.start()
        rounds.verify()
    except (Wrong, *BROKEN, subprocess.SubprocessError) as e:
        failed += 1
        print(f'after {passed} kills: {e}\nthe store is in {var}')
    finally:
        try:
            rounds.stop()
            servers.stop()
        except Wrong as e:
            failed += 1
            print(e)
    print('kills that hit', ', '.join(f'{k}: {v}' for k, v in rounds.hits.items()))
    if not failed:
        shutil.rmtree(var)
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0
