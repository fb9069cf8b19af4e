"""The table that a bench prints: name, n, ours, reference, ratio, and the goal where there is one."""
import collections, fnmatch, time


class Table:
    def __init__(self, only, budget):
        self.only, self.missed, self.left_out = only.split(','), [], []
        self.end = time.monotonic() + budget if budget else None
        self.measured = collections.defaultdict(dict)
        print(f'{"name":54} {"n":>9} {"ours":>13} {"reference":>13} {"ratio":>7}  goal', flush=True)

    def wants(self, *names):
        """some row of these is asked for (they may be patterns, too), and there is time"""
        if not any(fnmatch.fnmatch(name, only) or fnmatch.fnmatch(only, name) for name in names for only in self.only):
            return False
        if self.end and time.monotonic() > self.end:
            self.left_out += names
            return False
        return True

    def row(self, name, n, ours, unit, reference=None, goal='', to_reference=''):
        """reference: measured beside ours; goal: '<= 3' for ours; to_reference: '>= 0.8' for the ratio"""
        self.measured[name][n] = ours
        if not any(fnmatch.fnmatch(name, only) for only in self.only):
            return
        against = reference if reference is not None else float(goal.split()[1]) if goal else None
        ratio = ours / against if against else None
        held = all(holds(x, g) for x, g in ((ours, goal), (ratio, to_reference)) if g)
        wanted = ' and '.join(filter(None, (goal and f'{goal} {unit}', to_reference and f'ratio {to_reference}')))
        missed = '' if held else '  MISSED, as by the reference' if goal and reference is not None and not holds(reference, goal) else '  MISSED'
        line = (f'{name:54} {n:9} {figure(ours) + " " + unit:>13} {figure(reference) + " " + unit if reference is not None else "-":>13} '
                f'{"-" if ratio is None else f"{ratio:.2f}":>7}  {wanted}{missed}')
        print(line.rstrip(), flush=True)
        if not held:
            self.missed.append(line)

    def fail(self, name, n, why):
        line = f'{name:54} {n:9} {why}  MISSED'
        print(line, flush=True)
        self.missed.append(line)

    def end_of_table(self):
        print(f'\n{len(self.missed)} goals missed', *self.missed, sep='\n')
        if self.left_out:
            print('left out for want of time:', ', '.join(self.left_out))


def holds(value, goal):
    sign, limit = goal.split()
    return value >= float(limit) if sign == '>=' else value <= float(limit)


def figure(x):
    return f'{x:.0f}' if x >= 1000 else f'{x:.3g}'
