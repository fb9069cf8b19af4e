"""What the crash tests have in common: options, rounds until there were enough kills, the sum at the end."""
import argparse, http.client, os, random, shutil, signal, subprocess, sys, time

from servers import PATIENCE, TOP, Api, Servers, Wrong, ctl, must

BROKEN = (OSError, http.client.HTTPException, ValueError)      # a connection that broke off; ValueError: in the midst of an answer


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
    args = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that servers are stopped
    var = find_place(name)
    print(f'seed {args.seed}', flush=True)
    servers, passed, failed = Servers(var, args.port, ('reserveSize = 0', 'batchPollTime = 1', *settings)), 0, 0
    rounds = make(servers, Api(args.port), random.Random(args.seed))
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
