# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Where the rules read and write.

The rules (fold, pending, intake, reception, feed, closure and what they use)
know neither Pool nor Transaction but a store: this one, or one in memory on
which the tests run a hundred thousand histories.
"""
from sql import Column

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import (
    change, configuration, content, file_desk, file_row, fold, identity, links,
    lock, reference, refusal, registry, replica, row, saved)
from .among import among, parts
from .failpoint import reach
from .mixin import SyncUUIDMixin

TABLES = {
    'records': 'record',
    'aliases': 'alias',
    'authors': 'author',
    'scopes': 'scope',
    'conflicts': 'conflict',
    'quarantine': 'quarantine',
    'clock': 'clock',
    'changes': 'change',
    'instances': 'instance',
    'marks': 'mark',
    'receipts': 'receipt',
    'local_values': 'local_value',
    }


class Store:
    """The database of the transaction.

    Each table of the engine is an attribute, whose methods are those of its
    model; models is {name: Model} of what travels.
    """

    def __init__(self):
        pool = Pool()
        for attribute, name in TABLES.items():
            setattr(self, attribute, pool.get(f'synchronisation.{name}'))
        self.models = registry.models()
        # The names of the rows that modules load, as of the first question
        self._loaded = None

    def fold(self, settings):
        "Fold what this transaction sees and return the clock's Time."
        # Folded with a wrong role, changes would never be pushed
        configuration.check(settings.database)
        time = fold.fold(self, settings)
        reach('fold.done')
        return time

    def read_clock_if_folded(self):
        "Return the Time, or None if there is something to fold."
        if not lock.any_row(self.clock) or lock.any_row(self.changes):
            return None
        time = self.clock.read_clock()
        return time if time.models == self.fields() else None

    def now(self):
        "Return the time to show to people, as the database keeps it."
        return fold.now()

    def fields(self):
        "Return {model: names of the fields that travel}."
        return registry.all_names()

    def schema(self):
        "Return a digest of fields()."
        return registry.schema()

    def unknown_models(self, known):
        "Return the models that synchronise but are not among known names."
        return change.unknown_models(known)

    # The rows of the business

    def read(self, model, ids):
        "Return {local id: {name: wire value}} of the rows that exist."
        return row.read(self.models[model], ids)

    def identify(self, model, rows):
        "Turn {local id: raw row} into {local id: {name: wire value}}."
        return row.identify({model: rows})[model]

    def create(self, model, rows, ids):
        """Create rows of (identity, wire values) and return their local ids.

        ids maps (model, identity) of what they refer to to local ids.
        """
        Model = self.models[model]
        taking = file_row.Taking(Model)
        if replica.takes_columns(Model):
            columns = taking.columns(identity.localised(
                    Model, [values for _, values in rows], ids))
            created = replica.insert(Model, replica.identified(
                    Model, [name for name, _ in rows], columns), len(rows))
        else:
            created = replica.create(Model, [
                    replica.identified(Model, name, taking.values(
                            i, identity.localise(Model, values, ids)))
                    for i, (name, values) in enumerate(rows)])
        taking.leave(created)
        reach('rows.created')
        return created

    def write(self, model, rows, ids):
        "Write rows of (local id, wire values)."
        Model = self.models[model]
        for name in registry.files(Model):
            file_row.let_go(Model, [
                    local for local, values in rows if name in values], [name])
        taking = file_row.Taking(Model)
        replica.write(Model, [
                (local, taking.values(
                        local, identity.localise(Model, values, ids)))
                for local, values in rows])
        taking.leave()
        reach('rows.written')

    def detour(self, model, local, names):
        "Let a row have a key of fields that nobody has, see replica.detour."
        return replica.detour(self.models[model], local, names)

    def delete(self, model, ids, kept=()):
        "Delete rows; of those kept somebody may still want the files."
        Model = self.models[model]
        self.local_values.keep(Model, ids)
        file_row.let_go(Model, [id_ for id_ in ids if id_ in kept])
        file_row.let_go(
            Model, [id_ for id_ in ids if id_ not in kept], leaving=True)
        replica.delete(Model, ids)
        reach('rows.deleted')

    def bring_back_local(self, model, former, replace=True):
        "Give rows what stayed here of {id of a former row: id}."
        self.local_values.bring_back(self.models[model], former, replace)

    def hand_over_local(self, model, former, local):
        "Let a deleted row have what stayed here of another one."
        self.local_values.hand_over(self.models[model], former, local)

    def refer(self, model, local, name, id_):
        "Let a row of a model that does not travel refer to a record."
        replica.refer(Pool().get(model), local, name, id_)

    def savepoint(self):
        "Return the context that undoes what its block wrote if it fails."
        return refusal.savepoint()

    def lock_rows(self, model, ids):
        "Wait for the users who are writing these rows."
        if model in self.models:
            lock.rows(self.models[model], ids)
            reach('rows.locked')

    def uuids(self, model, ids):
        """Return {local id: uuid, or None without one} of rows that exist.

        What belongs to a record of a model that does not travel stays here.
        """
        Model = self.models[model]
        table = Model.__table__()
        key = table.uuid if issubclass(Model, SyncUUIDMixin) else table.id
        cursor = Transaction().connection.cursor()
        found = {}
        for part in parts(ids):
            cursor.execute(*table.select(
                    table.id, key, where=among(table.id, part)))
            found.update(cursor.fetchall())
        outside = links.outside(Model, found)
        return {
            id_: found[id_] if issubclass(Model, SyncUUIDMixin) else None
            for id_ in found if id_ not in outside}

    def describe_versions(self, settings, models):
        "Say of what was saved of some models which record it is of."
        if any(self.models[name]._history
                for name in models & self.models.keys()):
            saved.describe(self, settings)

    def offer_versions_again(self):
        "Let the hub be told of all the saved versions again."
        Pool().get('synchronisation.version').offer_again([
                name for name, Model in self.models.items()
                if registry.is_pushed(Model)])

    def strangers(self, model):
        "Return the ids of the rows of which nothing is known."
        table = self.models[model].__table__()
        record = self.records.__table__()
        query = table.join(record, 'LEFT', condition=(
                (record.model == model) & (record.record == table.id)
                & (record.dead == False)))  # noqa: E712
        cursor = Transaction().connection.cursor()
        cursor.execute(*query.select(
                table.id, where=record.id == None,  # noqa: E711
                order_by=table.id))
        ids = [id_ for id_, in cursor.fetchall()
            if self.loaded(model, id_) is None]
        outside = links.outside(self.models[model], ids)
        return [id_ for id_ in ids if id_ not in outside]

    def label(self, model, local):
        "Return the name of a record for people, None if it cannot have one."
        try:
            return self.models[model](local).rec_name
        except Exception:
            # What was changed past the programs may be anything
            return None

    # Who is who

    def local_ids(self, keys):
        "Return {(model, identity): local id} of the records that are here."
        return reference.local_ids(keys)

    def leap_numbers(self):
        "Let no sequence give what a lost life may have given."
        Pool().get('ir.sequence').leap()

    def loaded(self, model, local):
        "Return the identity of a row that a module loads, or None."
        if self._loaded is None:
            self._loaded = reference.XMLRows.get().names
        return self._loaded[model].get(local)

    def parents(self, model, name, ids):
        "Return {id: id of the parent by a field, or None} of rows."
        table = self.models[model].__table__()
        cursor = Transaction().connection.cursor()
        found = {}
        for part in parts(list(ids)):
            cursor.execute(*table.select(
                    table.id, Column(table, name),
                    where=among(table.id, part)))
            found.update(cursor)
        return found

    def find_by_key(self, model, values, name=None):
        """Return the (local id, key) of those whose key is one of values.

        That is the natural key, or the field of a name.
        """
        return reference.find_by_key(self.models[model], values, name)

    def find_by_fields(self, model, values, ids, among=None):
        """Return the local id of the record that has these wire values.

        It is one of the local ids among which to look, if they are given;
        None if there is none, or if one of the values is not here yet.
        """
        try:
            values = identity.localise(self.models[model], values, ids)
        except (KeyError, ValueError, TypeError):
            # What the key is made of is new, so the key is
            return None
        if None in values.values():
            return None
        domain = [(n, '=', v) for n, v in values.items()]
        if among is not None:
            domain.append(('id', 'in', among))
        found = self.models[model].search(domain, limit=1, order=[])
        return found[0].id if found else None

    def users(self, ids):
        "Return {user id: (login, name)}."
        user = Pool().get('res.user').__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*user.select(
                user.id, user.login, user.name, where=among(user.id, ids)))
        return {id_: (login, name) for id_, login, name in cursor}

    # The files

    def want_files(self, instance, told):
        """Ask an instance for the files that it told and that are not here.

        told are (model, identity, {name: wire value}).
        """
        files = {
            name: found for name, Model in self.models.items()
            if (found := registry.files(Model))}
        wanted = {
            name: (model, key, field)
            for model, key, values in told if model in files
            for field in files[model] if field in values
            if (name := content.named(values[field])) is not None}
        if wanted:
            Pool().get('synchronisation.file.want').note(instance, wanted)

    def wanted_files(self, instance):
        "Return what an instance is asked for, as a message has it."
        return file_desk.wanted(self, instance)

    # What refers to what

    def targets(self, model, ids, owners=False):
        "Yield (local id, (model, local id)) of what rows refer to."
        return links.targets(self.models[model], ids, owners)

    def places(self, model, ids):
        "Yield (local id, (model, local id)) of the places where rows happen."
        return links.places(self.models[model], ids)

    def happenings(self, model, ids):
        "Yield the (model, local id) of the rows that happen at places."
        return links.happenings(model, ids)

    def belongings(self, model, ids):
        "Yield the (model, local id) of the rows that belong to these."
        return links.belongings(model, ids)

    def children(self, model, ids):
        "Yield (local id, key of a row that refers to it, field)."
        return links.children(model, ids)

    def referring(self, model, ids):
        "Yield the same of fields that do not keep what they refer to."
        return links.referring(model, ids)

    def is_offered(self, model, local):
        "Whether get_unsync_domain of a model lets a record be offered."
        return links.is_offered(self.models[model], local)
