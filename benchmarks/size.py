# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What records cost on the line."
from . import content, task
from .contender import WITH
from .place import Place

GROUPS = {'bytes'}
# The records of one message
BATCH = 500


def measure(run):
    "Yield (name of a key, its runs)"
    rounds = []
    with Place(run.cluster, 2, proxied=True) as place:
        for station in place.stations:
            station.run('synchronise')
        for number in range(run.rounds):
            rounds.append(once(
                    place, run.sizes['records'], run.draw(), number))
            run.tell(rounds[-1])
    for name in rounds[0]:
        yield name, [found[name] for found in rounds]


def once(place, count, seed, number):
    "Return the bytes a record, by the name of a key"
    first, second = place.stations
    first.create(count, seed)
    pushed = carried(place, lambda: first.run('synchronise_push_all'))
    pulled = carried(place, lambda: second.run('synchronise_new'))
    for instance in [place.hub, second.instance]:
        content.check(content.stream(instance.database, WITH), count, seed)
    # Take what the hub has to say before it counts
    first.run('synchronise')
    edited = min(BATCH, count)
    first.do(task.edit, edited, number * count, 1000 + number)
    changed = carried(place, lambda: first.run('synchronise_push_all'))
    second.run('synchronise')
    return {
        'bytes_per_new_pushed': round(pushed / count, 2),
        'bytes_per_new_pulled': round(pulled / count, 2),
        'bytes_per_field_change': round(changed / edited, 2),
        }


def carried(place, work):
    "Return the bytes that went over the line, both ways"
    place.proxy.reset()
    work()
    return place.proxy.up + place.proxy.down
