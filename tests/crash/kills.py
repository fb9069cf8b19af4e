"""What the crash tests have in common: options, rounds until there were enough kills, the sum at the end."""
import argparse, http.client, os, random, shutil, signal, subprocess, sys

from servers import TOP, Api, Servers, Wrong

BROKEN = (OSError, http.client.HTTPException, ValueError)      # a connection that broke off; ValueError: in the midst of an answer


def kill_until_enough(what, name, port, make, kills_of_a_round):
    """MAKE(servers, api, rnd) are the rounds: first(), round(), verify(), start(), and `hits` by what was hit; -> exit status"""
    p = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--kills', type=int, default=20)
    p.add_argument('--seed', type=int, default=random.randrange(1 << 30), help='the random moments; printed at the start')
    p.add_argument('--port', type=int, default=port)
    args = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that servers are stopped
    var = os.path.join(os.environ.get('BATCHD_VAR', os.path.join(TOP, 'var')), name)
    shutil.rmtree(var, ignore_errors=True)
    os.makedirs(var)
    print(f'seed {args.seed}', flush=True)
    servers, passed, failed = Servers(var, args.port, ('reserveSize = 0', 'batchPollTime = 1')), 0, 0
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
            servers.stop()
        except Wrong as e:
            failed += 1
            print(e)
    print('kills that hit', ', '.join(f'{k}: {v}' for k, v in rounds.hits.items()))
    if not failed:
        shutil.rmtree(var)
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0
