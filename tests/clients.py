# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""People who write through the client of Tryton, and what they saved.

The lines of the file are those of users.py; what one saves is refused if
another changed it since it was read, as for a form that was open meanwhile.
"""
import base64
import json
import random
import threading
import time
import xmlrpc.client
from collections import Counter

from .database import PASSWORD

P = 'test_synchronisation.'
FULL, PARENT, CHILD = 'mode_full', 'parent', 'child'
WORK = {'create': 2, 'unit': 1, 'line': 1, 'edit': 12}
# What many edit at once
POPULAR = 15
# Between what one person saves, at most
PAUSE = .3
MEANWHILE = "in the meanwhile"


class Form:
    "The models of a server, for one person who signed in."

    def __init__(self, url):
        with xmlrpc.client.ServerProxy(url, allow_none=True) as proxy:
            id_, key = proxy.common.db.login(
                'admin', {'password': PASSWORD}, 'en')
        session = base64.b64encode(f'admin:{id_}:{key}'.encode()).decode()
        self.proxy = xmlrpc.client.ServerProxy(
            url, allow_none=True, use_builtin_types=True,
            headers=[('Authorization', f'Session {session}')])

    def model(self, name):
        return getattr(self.proxy.model, P + name)

    def create(self, name, values):
        self.model(name).create([values], {})

    def read(self, name, offset):
        "Return a record, what it has and when it was written"
        rows = self.model(name).search_read(
            [], offset, 1, [('id', 'ASC')], ['name', '_timestamp'], {})
        return rows[0] if rows else None

    def count(self, name):
        return self.model(name).search_count([], 0, None, {})

    def save(self, name, record, values):
        self.model(name).write([record['id']], values, {'_timestamp': {
                    f'{P}{name},{record["id"]}': record['_timestamp']}})


class Client(threading.Thread):
    "Somebody who writes until told to stop."

    def __init__(self, url, place, name, journal):
        super().__init__(daemon=True)
        self.form = Form(url)
        self.is_at_hub = not place
        self.name = f'{place}.{name}'
        self.random = random.Random(self.name)
        self.journal = journal
        self.count = 0
        self.refused = Counter()
        self.stopping = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.work()
                time.sleep(self.random.random() * PAUSE)
        except BaseException as error:
            self.error = error

    def stop(self):
        self.stopping.set()
        self.join()
        if self.error:
            raise self.error

    def work(self):
        word, = self.random.choices(list(WORK), WORK.values())
        self.saved = {}
        try:
            getattr(self, word)()
        except xmlrpc.client.Fault as fault:
            text = str(fault.faultString)
            self.refused[MEANWHILE if MEANWHILE in text else text] += 1
        else:
            self.journal.write(json.dumps([self.saved, [], True]) + '\n')

    def value(self, before=None):
        self.count += 1
        value = f'{self.name}.{self.count}'
        self.saved[value] = before
        return value

    def create(self):
        value = self.value()
        self.form.create(FULL, {'code': value, 'name': value})

    def unit(self):
        if self.is_at_hub:
            # Its satellites would have to ask for it
            return self.create()
        self.form.create(PARENT, {
                'name': self.value(),
                'lines': [('create', [{'name': self.value()}])]})

    def pick(self, name):
        "Return a record, one of the first half the time"
        count = self.form.count(name)
        if self.random.random() < .5:
            count = min(count, POPULAR)
        return count and self.form.read(name, self.random.randrange(count))

    def line(self):
        if parent := self.pick(PARENT):
            self.form.create(
                CHILD, {'parent': parent['id'], 'name': self.value()})

    def edit(self):
        name = self.random.choice([FULL, PARENT, CHILD])
        if record := self.pick(name):
            self.form.save(
                name, record, {'name': self.value(record['name'])})
