# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The tables of the engine, of a store in memory."
import json
from collections import defaultdict
from types import SimpleNamespace

from trytond.modules.synchronisation import patience
from trytond.modules.synchronisation.clock import Time
from trytond.modules.synchronisation.lot import lots
from trytond.modules.synchronisation.protocol import MEMBER, OUT, PARENT, State

COLUMNS = ['model', 'identity', 'local', 'position', 'created', 'unit',
    'opened', 'dead', 'via']
# How many records the fold takes at once
LOT = 2
# What json.loads does, less what it looks at before
_decode = json.JSONDecoder().raw_decode


class Table:
    def __init__(self, memory):
        self.memory = memory

    @property
    def tables(self):
        return self.memory.tables


class MemoryTime(Time):
    lives = None

    def leap(self):
        # A history is the same each time it is played
        return next(self.lives)


class Clock(Table):
    def read_clock(self):
        time = MemoryTime(*self.tables['clock'][1])
        time.lives = self.memory.lives
        return time

    def write_clock(self, time):
        self.tables['clock'][1] = (
            time.database, time.position, time.identities,
            json.dumps(time.history), json.dumps(time.models, sort_keys=True),
            json.dumps(time.marks))


class Changes(Table):
    def lots(self):
        "Yield small ones, as a hundred thousand changes come in."
        changes = dict(self.tables['changes'])
        for ids in lots([(id_, change.unit, len(change.records))
                for id_, change in changes.items()], LOT):
            yield [changes[id_] for id_ in ids]

    def consume(self, changes):
        for change in changes:
            del self.tables['changes'][change.id]


class Records(Table):
    "The states; identity and record are indexes of them."

    def get(self, id_):
        state = State(None, None)
        *row, text = self.tables['records'][id_]
        for name, value in zip(COLUMNS, row):
            setattr(state, name, value)
        state.id = id_
        state.unpack(_decode(text)[0])
        return state

    def all(self):
        return [self.get(id_) for id_ in self.tables['records']]

    every = all

    def is_changed(self, models, position):
        return any(s.model in models for s in self.after(position))

    def after(self, position):
        return [s for s in self.all() if s.position > position]

    def load(self, column, pairs):
        index = self.tables[column]
        return {key: self.get(index[key]) for key in pairs if key in index}

    def keep(self, states, exchanged=None):
        for state in states:
            if state.id is None:
                state.id = self.memory.next('records')
            else:
                self._unindex(state.id)
            self.tables['records'][state.id] = (
                *(getattr(state, name) for name in COLUMNS), state.pack())
            self._index('identity', state.identity, state)
            if state.local is not None:
                self._index('record', state.local, state)

    def _index(self, name, value, state):
        index = self.tables[name]
        assert (state.model, value) not in index, ('twice', name, value)
        index[state.model, value] = state.id

    def _unindex(self, id_):
        model, name, local, *_ = self.tables['records'][id_]
        del self.tables['identity'][model, name]
        if local is not None:
            del self.tables['record'][model, local]

    def forget(self, states):
        for state in states:
            self._unindex(state.id)
            del self.tables['records'][state.id]
            for key in list(self.tables['scopes']):
                if key[0] == state.id:
                    del self.tables['scopes'][key]

    def open(self, states):
        for state in states:
            row = self.tables['records'][state.id]
            place = COLUMNS.index('opened')
            self.tables['records'][state.id] = (
                *row[:place], state.opened, *row[place + 1:])

    def pending_after(self, models, last, limit):
        found = [
            s for s in self.all() if s.pending and s.model in models]
        found.sort(key=_place)
        return [s for s in found
            if _place(s) > last][:limit]

    def pending_mates(self, models, positions, units, since=0):
        return [s for s in self.all() if s.pending and s.position >= since
            and (s.position in positions or s.unit in units)]

    def mates(self, units):
        return [s for s in self.all() if s.unit in units and not s.dead]

    def offered(self, after, link, limit):
        found = [s for s in self.all()
            if s.opened is not None and s.opened > after and s.via != link]
        return sorted(found, key=lambda s: (s.opened, s.id))[:limit]

    def members(self, instance, after, link, limit, models=None):
        found = []
        for (record, number), (_, kind, entered) in (
                self.tables['scopes'].items()):
            if number != instance:
                continue
            state = self.get(record)
            place = max(state.position, entered)
            if kind == OUT and state.opened is None:
                place = entered
            if (entered > after or state.position > after
                    and (kind != OUT or state.opened is not None)) and (
                    state.via != link or entered > state.position) and (
                    models is None or state.model in models):
                found.append((state, place, entered, kind))
        return sorted(found, key=lambda f: (f[1], f[0].id))[:limit]

    def opened_and_changed(
            self, instance, after, link, known, told, limit, models=None):
        found = [s for s in self.all()
            if s.opened is not None and s.opened <= known
            and s.position > after and s.via != link
            and (s.opened <= after or s.position > told)
            and (models is None or s.model in models)
            and (s.id, instance) not in self.tables['scopes']]
        return sorted(found, key=_place)[:limit]


def _place(state):
    return state.position, state.id


class Aliases(Table):
    def forget(self, keys):
        for key in keys:
            self.tables['aliases'].pop(key, None)

    def resolve(self, keys):
        table = self.tables['aliases']
        return {key: table[key] for key in keys if key in table}

    def store(self, aliases):
        table = self.tables['aliases']
        for key, name in aliases.items():
            for other, known in list(table.items()):
                if (other[0], known) == key:
                    table[other] = name
            table.pop((key[0], name), None)
            table[key] = name


class Authors(Table):
    def ids(self, authors):
        table = self.tables['authors']
        for author in map(tuple, authors):
            if author not in table:
                table[author] = self.memory.next('authors')
        return [table[tuple(author)] for author in authors]

    def tell(self, ids):
        found = {id_: author for author, id_ in self.tables['authors'].items()}
        return [list(found[id_]) for id_ in ids]


class Scopes(Table):
    def of(self, record_ids):
        result = defaultdict(dict)
        wanted = set(record_ids)
        for (record, instance), row in self.tables['scopes'].items():
            if record in wanted:
                result[record][instance] = row
        return result

    def enter(self, pairs, kind, place):
        return self.enter_at(dict.fromkeys(pairs, place), kind)

    def enter_at(self, places, kind):
        entered = []
        table = self.tables['scopes']
        for (instance, record), place in sorted(places.items()):
            row = table.get((record, instance))
            if row is None:
                table[record, instance] = (
                    self.memory.next('scopes'), kind, place)
            elif row[1] == OUT or (row[1] == PARENT and kind == MEMBER):
                table[record, instance] = (
                    row[0], kind, place if row[1] == OUT else row[2])
            else:
                continue
            entered.append((instance, record))
        return entered

    def leave(self, pairs, place, kind=OUT):
        table = self.tables['scopes']
        for instance, record in pairs:
            if row := table.get((record, instance)):
                table[record, instance] = (
                    row[0], kind, place if kind == OUT else row[2])


class Conflicts(Table):
    def store(self, found, place, pending=False):
        known = self.load([row['name'] for row in found])
        self.keep_rows([
                {**row, 'decisions': [], 'pending': pending}
                for row in found if row['name'] not in known], place)

    def keep_rows(self, rows, place):
        for row in rows:
            self.tables['conflicts'][row['name']] = dict(row), place

    def all(self):
        return [dict(row) for row, _ in self.tables['conflicts'].values()]

    def load(self, names):
        return {row['name']: row for row in self.all()
            if row['name'] in names}

    def read_rows(self, names):
        "Return conflicts, whose local ids are their names."
        return list(self.load(names).values())

    def between(self, after, upto):
        return [dict(row) for row, place in self.tables['conflicts'].values()
            if after < place <= upto]

    def open_of(self, keys):
        return [row for row in self.all() if not row['decisions']
            and (row['model'], row['identity']) in keys]

    def offer_again(self):
        table = self.tables['conflicts']
        for name, (row, place) in table.items():
            table[name] = {**row, 'pending': True}, place

    def unsent(self, limit):
        return [row for row in self.all() if row['pending']][:limit]

    def settle(self, names):
        for name in names:
            row, place = self.tables['conflicts'][name]
            self.tables['conflicts'][name] = {**row, 'pending': False}, place


class Quarantine(Table):
    def waiting(self, place, peer=None):
        return [row for (where, who, *_), row
            in self.tables['quarantine'].items()
            if where == place and peer in {None, who}]

    def store(self, place, peer, rows, numbers=None, life=None):
        names = ['model', 'identity', 'code', 'reason', 'missing', 'unit',
            'message']
        last = self.last_position()
        for row in rows:
            key = place, peer, *row[:2]
            row = dict(zip(names, row))
            row['missing'] = json.dumps(sorted(row['missing']))
            known = self.tables['quarantine'].get(key)
            row['id'] = (
                known['id'] if known else self.memory.next('quarantine'))
            row['attempts'] = known['attempts'] + 1 if known else 1
            row['aside'] = known['aside'] if known else False
            row['tried'] = numbers[key[2:]] if numbers else last
            row['life'] = life
            row['next_try'] = patience.next_try(
                self.memory.now(), row['attempts'], row['code'])
            self.tables['quarantine'][key] = row

    def last_position(self):
        return max(
            (s.position for s in self.memory.records.all()), default=0)

    def has_due(self, peer):
        rows = self.waiting('here', peer)
        return bool(rows and self.tables['changes']) or any(
            patience.is_due(row, self.memory.now(), self.last_position())
            for row in rows)

    def messages(self, ids):
        return {row['id']: row['message']
            for row in self.tables['quarantine'].values() if row['id'] in ids}

    def hurry(self, peer):
        for key, row in list(self.tables['quarantine'].items()):
            if key[:2] == ('hub', peer):
                self.tables['quarantine'][key] = {**row, 'next_try': None}

    def release(self, ids):
        table = self.tables['quarantine']
        for key, row in list(table.items()):
            if row['id'] in ids:
                del table[key]


class Receipts(Table):
    def keep(self, instance, push, reply):
        self.tables['receipts'][instance] = push, reply

    def find(self, instance, push):
        name, reply = self.tables['receipts'].get(instance, (None, None))
        return reply if name == push else None


class Marks(Table):
    def between(self, instance, after, before):
        return [(place, *marks)
            for (number, place), marks in self.tables['marks'].items()
            if number == instance and after < place < before]

    def store(self, instance, steps):
        for place, former, mark in steps:
            self.tables['marks'].setdefault((instance, place), (former, mark))


class Instances(Table):
    "Each instance is an object that is replaced as a whole."

    def all(self):
        return [SimpleNamespace(**row)
            for row in self.tables['instances'].values()]

    def enrol(self, number):
        self._keep(SimpleNamespace(
                number=number, user=number, state='active', direction='both',
                hub=False,
                database=None, epoch=None, at=None, since=None, known=None,
                told=None, again=None, at_life=None, known_life=None,
                lacks=None, early=None, contact=None))

    def _keep(self, instance):
        self.tables['instances'][instance.number] = vars(instance).copy()

    def of_user(self, user):
        return next((i for i in self.all() if i.user == user), None)

    def of_database(self, name):
        return next((i for i in self.all() if i.database == name), None)

    def has_satellites(self):
        return any(not i.hub for i in self.all())

    def is_enrolled(self, number):
        return any(i.number == number and not i.hub for i in self.all())

    def of_hub(self):
        return next((i for i in self.all() if i.hub), None)

    def meet_hub(self, number, name, epoch, database):
        self.enrol(number)
        hub = next(i for i in self.all() if i.number == number)
        self.note(hub, {
                'hub': True, 'user': None, 'epoch': epoch,
                'database': database})
        return hub

    def note(self, instance, values):
        vars(instance).update(values)
        self._keep(instance)
