# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The values of every field, from one database to another."
import base64
import decimal
import random
from pathlib import Path

import pytest

from trytond.modules.health_synchronisation.tests.maker import (
    MODULES, HealthMaker, make_countries)
from trytond.modules.synchronisation import (
    configuration, content, file, file_row, lock, reception, registry, row,
    wire)
from trytond.modules.synchronisation.capture import REPLICA
from trytond.modules.synchronisation.document import tell
from trytond.modules.synchronisation.file_desk import encode
from trytond.modules.synchronisation.store import Store
from trytond.modules.test_synchronisation.tests.maker import Maker
from trytond.modules.test_synchronisation.tests.tools import (
    GIVEN, normalise_value, random_translations)
from trytond.pool import Pool
from trytond.transaction import Transaction

WAYS = [
    ('sqlite', 'sqlite'),
    pytest.param('sqlite', 'postgresql', marks=pytest.mark.postgresql),
    pytest.param('postgresql', 'sqlite', marks=pytest.mark.postgresql)]
LANGUAGES = ['en', 'es', 'fr']
RELATIONS = {'many2one', 'one2one', 'reference'}
FIELD = 'test_synchronisation.field'
SCHEMA = 'test_synchronisation.schema'
AUTHOR = {'unruly_author': "Ann"}


def start(user=0, **context):
    database, = Pool.database_list()
    return Transaction().start(database, user, context=context)


def make_some(pool, seed, count):
    "Create random records of each model that travels"
    rng = random.Random(seed)
    if is_health(pool):
        make_countries(pool)
        maker = HealthMaker(pool, rng)
    else:
        maker = Maker(pool, rng)
    for name in sorted(registry.models(), key=rank):
        # The one with a field of every type
        for _ in range(count * (3 if name == FIELD else 1)):
            record, _ = maker.make(name)
            translate(pool, record, rng)


def rank(name):
    "Order the models so that there are keys for the dictionaries"
    return name != SCHEMA, name


def is_health(pool):
    return 'gnuhealth.patient' in dict(pool.iterobject())


def translate(pool, record, rng):
    "Edit the texts of a record in some languages"
    Model = pool.get(record.__name__)
    texts = random_translations(pool, Model.__name__, rng, LANGUAGES)
    for language in rng.sample(LANGUAGES, rng.randint(0, 3)):
        values = {
            name: text for name, text in texts[language].items()
            if (text or not Model._fields[name].required)
            and name not in GIVEN.get(Model.__name__, {})}
        if values:
            with Transaction().set_context(language=language):
                Model.write([Model(record.id)], values)


def prepare(pool):
    Lang = pool.get('ir.lang')
    Lang.write(
        Lang.search([('code', 'in', LANGUAGES)]), {'translatable': True})


def send(path, seed, count):
    """Write a message with random records to a file.

    Return their wire values and what users see of them.
    """
    with start(1, **AUTHOR):
        prepare(Pool())
        make_some(Pool(), seed, count)
    with start(**{REPLICA: True}) as transaction:
        settings = configuration.load(transaction.database.name)
        lock.exclusive()
        time = Store().fold(settings)
        rows = read(Pool())
        authors = wire.Authors()
        documents = [
            tell(state, values, None) for state, values in rows]
        documents.sort(key=lambda d: (d.model, d.kind, list(d.values)))
        text = wire.dumps({
                'documents': wire.pack_documents(
                    documents, 0, time.epoch, authors),
                'epoch': time.epoch,
                'keyed': keyed(Pool()),
                'files': files(rows),
                })
    Path(path).write_text(text, encoding='utf-8')
    return told(rows), seen()


def read(pool):
    "Return (State, wire values) of all the records"
    Record = pool.get('synchronisation.record')
    by_model = {}
    for state in Record.select(None):
        by_model.setdefault(state.model, {})[state.local] = state
    return [
        (states[local], values)
        for model, states in sorted(by_model.items())
        for local, values in sorted(row.read(
                registry.models()[model], list(states)).items())]


def files(rows):
    "Return {name: content} of what the records have by name, in Base64"
    found = {}
    for state, values in rows:
        Model = registry.models()[state.model]
        for field in registry.files(Model):
            if (name := content.named(values[field])) is not None:
                found[name] = encode(file_row.piece(
                        Model, state.local, field, 0, name.size))
    return found


def keyed(pool):
    "Return the keys of the rows that every database has by other means"
    return {
        name: [record['code'] for record in Model.search_read(
                [], fields_names=['code'])]
        for name, Model in registry.keyed().items()
        if name.startswith('test_')}


def told(rows):
    "Return the wire values by model and identity"
    result = {}
    for state, values in rows:
        result.setdefault(state.model, {})[state.identity] = values
    return result


def receive(path):
    """Write the records of a message to the database.

    Return what was refused, and what send returns.
    """
    message = wire.loads(Path(path).read_text(encoding='utf-8'))
    with start(1):
        pool = Pool()
        prepare(pool)
        if is_health(pool):
            make_countries(pool)
        for name, codes in message['keyed'].items():
            pool.get(name).create([{'code': code} for code in codes])
    with start(**{REPLICA: True, 'active_test': False}) as transaction:
        settings = configuration.load(transaction.database.name)
        lock.exclusive()
        store = Store()
        time = store.fold(settings)
        work = reception.Reception(store, time, 0)
        documents = wire.unpack_documents(
            message['documents'], 0, message['epoch'], 1000)
        for document in documents:
            document.author = None
        work.take(documents)
        waiting = [
            [w.document.model, w.code, w.reason] for w in work.waiting]
        # Each follows its record
        for name, data in message['files'].items():
            file.fill(store, content.Named(name), base64.b64decode(data))
        pool.get('synchronisation.clock').write_clock(time)
    with start(**{REPLICA: True}):
        rows = read(Pool())
    return waiting, told(rows), seen()


def seen():
    "Return what a user reads of each record, by model and identity"
    result = {}
    with start(1, active_test=False):
        pool = Pool()
        states = pool.get('synchronisation.record').select(None)
        for name, Model in registry.models().items():
            identities = {
                state.local: state.identity for state in states
                if state.model == name}
            result[name] = {
                identities[id_]: values
                for id_, values in shown(Model, list(identities)).items()}
    return result


def shown(Model, ids):
    "Return {id: values} of records, texts in each language"
    translated = registry.translated(Model)
    names = [
        name for name in registry.names(Model) if name not in translated
        and Model._fields[name]._type not in RELATIONS]
    result = {
        record['id']: {
            name: repr(visible(Model._fields[name], record[name]))
            for name in names}
        for record in Model.read(ids, names)}
    for language in LANGUAGES if translated else []:
        with Transaction().set_context(language=language):
            for record in Model.read(ids, list(translated)):
                for name in translated:
                    # No text is shown as an empty one
                    result[record['id']][name, language] = record[name] or ''
    return {
        id_: {str(name): value for name, value in values.items()}
        for id_, values in result.items()}


def visible(field, value):
    if field._type == 'boolean' and value is not None:
        # SQLite has none
        value = bool(value)
    return comparable(normalise_value(field, value))


def comparable(value):
    "Return a value in a form that does not depend on the back end"
    if isinstance(value, decimal.Decimal):
        with decimal.localcontext() as context:
            context.prec = 100
            return value.normalize() if value else decimal.Decimal(0)
    if isinstance(value, dict):
        return sorted((k, comparable(v)) for k, v in value.items())
    return value


def exchange(instance, sender, receiver, modules, seed, count):
    centre = instance(receiver, modules)
    clinic = instance(
        sender, modules, 1,
        options={'synchronisation_url': 'http://localhost/centre/'})
    path = str(clinic.folder / 'message')
    sent, shown_there = clinic.run(send, path, seed, count)
    waiting, received, shown_here = centre.run(receive, path)
    assert waiting == []
    for name, records in sent.items():
        assert len(records) >= count, name
        for identity, values in records.items():
            # What refers to a record that does not travel is left out
            assert {n: received[name][identity][n] for n in values} == (
                values), (name, identity)
            assert shown_here[name][identity] == (
                shown_there[name][identity]), (name, identity)
    return sent


@pytest.mark.parametrize('sender,receiver', WAYS)
def test_every_field_type(instance, sender, receiver):
    "Test that each value of each type of field is the same at the other end"
    sent = exchange(
        instance, sender, receiver, ['test_synchronisation'],
        f'{sender} {receiver}', 4)
    fields = sent[FIELD].values()
    for name in set().union(*fields):
        assert any(values[name] is not None for values in fields), name


@pytest.mark.parametrize('sender,receiver', WAYS)
def test_every_health_model(instance, sender, receiver):
    "Test that each value of each GNU Health model is the same there"
    sent = exchange(
        instance, sender, receiver, MODULES,
        f'{sender} {receiver}', 3)
    assert {'gnuhealth.patient', 'gnuhealth.surgery'} <= sent.keys()
