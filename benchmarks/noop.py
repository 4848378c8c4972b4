# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The cycle in which nothing changed."
GROUPS = {'noop'}
# Cycles by turns, so that whatever else the machine does meets both
TURNS = 10
CPU = {'noop_hub_cpu_ms', 'noop_hub_cpu_scaling'}


def measure(run):
    "Yield (name of a key, its runs)"
    halls = {size: run.hall(size) for size in ['few', 'large']}
    lines = [halls['large'].line() for _ in range(run.rounds)]
    run.tell(lines)
    for name in ['requests', 'bytes_up', 'bytes_down']:
        yield f'noop_{name}', [line[name] for line in lines]
    yield 'noop_requests_sign_in', [
        halls['large'].line(signed_in=False)['requests']
        for _ in range(run.rounds)]
    rounds = [cpu(run, halls) for _ in range(run.rounds)]
    run.tell(rounds)
    yield 'noop_hub_cpu_ms', [found['large'] for found in rounds]
    yield 'noop_hub_cpu_scaling', [
        {'cpu_small': found['few'], 'cpu_large': found['large']}
        for found in rounds]


def cpu(run, halls):
    "Return the milliseconds a cycle of each, measured by turns"
    turn = max(1, run.sizes['cycles'] // TURNS)
    spent = dict.fromkeys(halls, 0)
    for _ in range(TURNS):
        for size, hall in halls.items():
            spent[size] += hall.cycles(turn)
    return {size: ms / turn / TURNS for size, ms in spent.items()}
