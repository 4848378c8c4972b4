# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Persons of GNU Health, pushed and created over XML-RPC by turns."
import datetime as dt
import time
from contextlib import ExitStack, closing

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import workload
from .content import DifferenceError
from .place import Place
from tests import configuration, port, template, tree
from tests.clients import Form
from tests.server import Server

GROUPS = {'rpc'}
MODULES = ['health_synchronisation']
NAMES = 'name', 'lastname', 'gender', 'dob'
# Persons of the round that is not counted
WARM = 20


def measure(run):
    "Yield (name of a key, its runs)"
    with ExitStack() as stack:
        place = stack.enter_context(Place(run.cluster, 1, MODULES))
        stack.enter_context(shop := Shop(run.cluster, place.folder))
        rounds = [
            once(place, shop, count, run.draw())
            for count in [WARM] + [run.sizes['parties']] * run.rounds]
    yield 'party_vs_rpc', rounds[1:]


def once(place, shop, count, seed):
    "Return the seconds of both"
    station, = place.stations
    station.do(register, count, seed)
    ours, _ = station.run('synchronise_push_all')
    theirs = shop.register(count, seed)
    sent = {
        tuple(person[name] for name in NAMES)
        for person in persons(count, seed)}
    for database in [place.hub.database, shop.database]:
        if not sent <= stored(database):
            raise DifferenceError(f"A person is not at {database.name}.")
    return {'ours': ours, 'theirs': theirs}


def persons(count, seed):
    "Yield what the form of GNU Health has of a person"
    for record in workload.records(count, seed):
        yield {
            **{name: record[name] for name in NAMES},
            'is_person': True,
            'is_patient': True,
            'create_target': True,
            'fed_country': 'XXX',
            'addresses': [('create', [{'street': record['address']}])],
            }


def register(count, seed):
    "Register persons as the form does, one by one"
    database, = Pool.database_list()
    Party = Pool(database).get('party.party')
    for person in persons(count, seed):
        with Transaction().start(database, 1) as transaction:
            Party.create([person])
            transaction.commit()


def stored(database):
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT {', '.join(NAMES)} FROM party_party")
        return set(cursor.fetchall())


class Shop(ExitStack):
    "A server of GNU Health that has none of our modules."

    def __init__(self, cluster, folder):
        super().__init__()
        self.cluster = cluster
        self.folder = folder

    def __enter__(self):
        super().__enter__()
        _, others = tree.closure(MODULES)
        self.database = template.prepare(
            others, 'health', cluster=self.cluster)
        self.callback(self.database.drop)
        number = port.claim()
        conf = self.folder / 'health.conf'
        configuration.write(conf, self.database, number)
        server = self.enter_context(Server(
                [conf], self.database, number, self.folder / 'health.log'))
        self.form = Form(f'{server.address}{self.database.name}/')
        return self

    def register(self, count, seed):
        "Return the seconds that the calls take"
        Party = self.form.proxy.model.party.party
        people = [
            {**person, 'dob': encode(person['dob'])}
            for person in persons(count, seed)]
        began = time.perf_counter()
        for person in people:
            Party.create([person], {})
        return time.perf_counter() - began


def encode(date):
    "Return a date as XML-RPC of Tryton has it"
    assert type(date) is dt.date
    return {
        '__class__': 'date', 'year': date.year, 'month': date.month,
        'day': date.day}
