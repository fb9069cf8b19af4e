"""Checks of one client: functions, run one after the other, each on its own."""
import sys, time, traceback

CHECKS = []


def check(function):
    """The function is a check; it fails by an exception."""
    CHECKS.append(function)
    return function


def equal(got, wanted):
    assert got == wanted, f'{got!r}, wanted {wanted!r}'


def ascending(values):
    assert values == sorted(values), f'not in order: {values!r}'


def wait_for(condition, what):
    """What CONDITION gives once it is true; a batch that does not end within half a minute has failed."""
    for _ in range(300):
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f'still waiting for {what}')


def run():
    failed = 0
    for function in CHECKS:
        try:
            function()
            print('ok    ', function.__name__)
        except Exception:  # whatever a client may throw
            failed += 1
            print('failed', function.__name__)
            traceback.print_exc(limit=-3, file=sys.stdout)
    print(f'{len(CHECKS) - failed} passed, {failed} failed')
    return 1 if failed else 0
