# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What a person waits longer because what they save is captured.

The same model, with the same columns and the same unique key, is in two
databases of one cluster: in one of them it synchronises, the other has none of
our modules.  Each has a server, and the same number of persons write through
it, in blocks by turns, so that whatever else the machine does meets both.
Nothing is exchanged meanwhile.
"""
import random
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import configuration, port, template
from .clients import FULL, Form
from .server import Server
from .throwaway import Throwaway

WITH = 'test_synchronisation'
WITHOUT = 'plain'
SOURCE = '''
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool


class Plain(ModelSQL, ModelView):
    "Test Mode Full"
    __name__ = 'test_synchronisation.mode_full'

    code = fields.Char("Code", required=True)
    name = fields.Char("Name")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append(
            ('code_unique', Unique(table, table.code), 'ir.msg_id_unique'))


def register():
    Pool.register(Plain, module='plain', type_='model')
'''
# Saved by each person in a block; the first block of each database warms up
SAVES = 50
PAUSE = .3


def measure(cluster, pairs, writers):
    "Return the ratio of the 99th percentiles, with by without, of each pair"
    with TemporaryDirectory() as folder, ExitStack() as stack:
        folder = Path(folder)
        blocks = [
            Block(stack.enter_context(place(cluster, folder)), writers)
            for place in [with_module, without_module]]
        for block in blocks:
            block.run()
        ratios = []
        for number in range(pairs):
            order = blocks if number % 2 else blocks[::-1]
            for block in order:
                block.run()
            ratios.append(blocks[0].percentile() / blocks[1].percentile())
    return ratios


@contextmanager
def with_module(cluster, folder):
    database = template.prepare([WITH], 'with', cluster=cluster)
    with serving(database, folder) as url:
        yield url


@contextmanager
def without_module(cluster, folder):
    database = template.prepare(['res'], 'without', cluster=cluster)
    module = Throwaway(folder, WITHOUT, SOURCE, ['ir', 'res'])
    with serving(database, folder, module) as url:
        yield url


@contextmanager
def serving(database, folder, module=None):
    "Give the URL of a server of a database, to which a module is added"
    number = port.claim()
    conf = folder / f'{database.name}.conf'
    configuration.write(conf, database, number)
    server = Server(
        [conf], database, number, folder / f'{database.name}.log')
    try:
        if module:
            done = module.activate(conf, database.name)
            assert done.returncode == 0, done.stderr
            server.environment = module.environment()
        with server:
            yield f'{server.address}{database.name}/'
    finally:
        database.drop()


class Block:
    "Persons who write, again and again, at one database."

    def __init__(self, url, writers):
        self.forms = [Form(url) for _ in range(writers)]
        self.count = 0

    def run(self):
        self.count += 1
        self.seconds = []
        threads = [
            threading.Thread(target=self.write, args=[number, form])
            for number, form in enumerate(self.forms)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(self.seconds) == SAVES * len(self.forms)

    def write(self, person, form):
        rng = random.Random(person)
        model = form.model(FULL)
        code = f'{self.count}.{person}'
        mine, = model.create([{'code': code}], {})
        for number in range(SAVES):
            began = time.perf_counter()
            if number % 4:
                model.write([mine], {'name': f'{code}.{number}'}, {})
            else:
                model.create([{'code': f'{code}.{number}'}], {})
            self.seconds.append(time.perf_counter() - began)
            time.sleep(rng.random() * PAUSE)

    def percentile(self):
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]
