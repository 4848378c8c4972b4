# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Files in the rows of the business, of which one is read at a time."
import base64
from functools import lru_cache, partial

from sql import Column, Null
from sql.functions import Function

from trytond import backend
from trytond.filestore import filestore
from trytond.model.fields import Binary
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import content, registry
from .among import among, parts


class Length(Function):
    __slots__ = ()
    _function = 'LENGTH'


class Substr(Function):
    __slots__ = ()
    _function = 'SUBSTR'


class Encode(Function):
    __slots__ = ()
    _function = 'ENCODE'


class SHA256(Function):
    __slots__ = ()
    _function = 'SHA256'


def read(Model, ids, names):
    "Return {id: {name: wire value}} of fields with files."
    rows = {id_: {} for id_ in ids}
    for name in names:
        values = _values(Model, ids, name)
        for id_, row in rows.items():
            row[name] = values.get(id_)
    Gap = Pool().get('synchronisation.file.gap')
    for id_, name, missing in Gap.of(Model.__name__, ids):
        # Its own content is still to come
        if name in rows[id_] and rows[id_][name] is None:
            rows[id_][name] = missing
    return rows


def large(Model, ids, name):
    "Yield the (id, Named) of the rows whose file is a large one."
    sizes = _sizes(Model, ids, name)
    for id_, size in sizes.items():
        if size > content.LARGE:
            yield id_, _name(Model, id_, name, size)


def has(Model, id_, field, name, is_begun=False):
    "Whether a row has the content of a name; see File.source."
    if is_begun:
        return _sizes(Model, [id_], field).get(id_) == name.size
    return dict(large(Model, [id_], field)).get(id_) == name


def piece(Model, id_, name, start, size):
    "Return size bytes of a file, from start on."
    if _is_stored(Model, id_, name):
        return _stored(Model, id_, name)[start:start + size]
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*table.select(
            Substr(Column(table, name), start + 1, size),
            where=table.id == id_))
    return bytes(cursor.fetchone()[0])


def _values(Model, ids, name):
    "Return {id: wire value} of the rows that have a file."
    sizes = _sizes(Model, ids, name)
    values = _small(Model, [
            id_ for id_, size in sizes.items() if size <= content.LARGE],
        name)
    for id_, size in sizes.items():
        if size > content.LARGE:
            values[id_] = _name(Model, id_, name, size)
    return values


def _sizes(Model, ids, name):
    "Return {id: bytes} of the files that are not empty."
    table, cursor = Model.__table__(), Transaction().connection.cursor()
    column, sizes = Column(table, name), {}
    for part in parts(list(ids)):
        cursor.execute(*table.select(
                table.id, Length(column),
                where=among(table.id, part) & (column != Null)))
        sizes.update((id_, size) for id_, size in cursor if size)
    if stored := _in_store(Model, ids, name):
        sizes.update((id_, size) for id_, size in _get(
                Model, list(stored), name, 'size').items() if size)
    return sizes


def _small(Model, ids, name):
    table, cursor = Model.__table__(), Transaction().connection.cursor()
    values = {}
    for part in parts(list(ids)):
        cursor.execute(*table.select(
                table.id, Column(table, name), where=among(table.id, part)))
        for id_, data in cursor:
            values[id_] = data and _text(bytes(data))
    for id_ in _in_store(Model, ids, name):
        values[id_] = _text(_stored(Model, id_, name))
    return values


def _text(data):
    return base64.b64encode(data).decode('ascii')


def _name(Model, id_, name, size):
    "Return the name of a large content, which one row at a time has to show."
    if file_id := _in_store(Model, [id_], name).get(id_):
        return _stored_name(_prefix(Model, name), file_id)
    if backend.name == 'sqlite':
        return content.name(piece(Model, id_, name, 0, size))
    table, cursor = Model.__table__(), Transaction().connection.cursor()
    cursor.execute(*table.select(
            Encode(SHA256(Column(table, name)), 'hex'),
            where=table.id == id_))
    return content.name_of(cursor.fetchone()[0], size)


def _in_store(Model, ids, name):
    "Return {id: name in the file store} of the rows whose file is there."
    file_id, found = Model._fields[name].file_id, {}
    if not file_id or not ids:
        return found
    table, cursor = Model.__table__(), Transaction().connection.cursor()
    column = Column(table, file_id)
    for part in parts(list(ids)):
        cursor.execute(*table.select(
                table.id, column, where=among(table.id, part)
                & (column != Null) & (column != '')))
        found.update(cursor)
    return found


def _prefix(Model, name):
    "Return where the file store has the files of a field."
    prefix = Model._fields[name].store_prefix
    return Transaction().database.name if prefix is None else prefix


@lru_cache(maxsize=1 << 14)
def _stored_name(prefix, file_id):
    "Return the name of a file in the store, where no file ever changes."
    return content.name(Binary.cast(filestore.get(file_id, prefix=prefix)))


def _is_stored(Model, id_, name):
    return bool(_in_store(Model, [id_], name))


def _stored(Model, id_, name):
    "Return what the file store has, nothing if somebody took it away."
    return _get(Model, [id_], name)[id_] or b''


def _get(Model, ids, name, what=None):
    "Return {id: content, or size} of what is in the file store."
    with Transaction().set_context({f'{Model.__name__}.{name}': what}):
        return Model._fields[name].get(ids, Model, name)


class Taking:
    "The files of rows that are written: what is not here leaves a gap."

    def __init__(self, Model):
        self.Model = Model
        self.names = registry.files(Model)
        # (the row, the field, the name of its content)
        self.gaps = []
        # The last content and its name, as many rows may have the same
        self.last = None, None

    def columns(self, columns):
        "Return {name: values} with the contents; a row is its number."
        return {
            name: list(map(partial(self.value, name), *zip(
                        *enumerate(values))))
            if name in self.names and values else values
            for name, values in columns.items()}

    def values(self, row, values):
        "Return {name: value} of a row with the contents."
        return {
            name: self.value(name, row, value)
            if name in self.names else value
            for name, value in values.items()}

    def value(self, name, row, value):
        if not isinstance(value, content.Named):
            return value
        if self.last[0] != value:
            self.last = value, Pool().get('synchronisation.file').find(value)
        if self.last[1] is None:
            self.gaps.append((row, name, value))
        return self.last[1]

    def leave(self, ids=None):
        "Note what is not here, of rows that are numbered, or have these ids."
        if self.gaps:
            Pool().get('synchronisation.file.gap').store([
                    [self.Model.__name__, ids[row] if ids else row, *rest]
                    for row, *rest in self.gaps])


def copy_gaps(Model, copies, given):
    """Let copies, {id: id of the copy}, wait for files that are to come.

    But for those that the copies were given.
    """
    if names := set(registry.files(Model)).difference(given):
        Pool().get('synchronisation.file.gap').copy_of(
            Model.__name__, copies, names)


def let_go(Model, ids, names=None, leaving=False):
    """Note that rows lose the files of some fields, of all if None.

    Somebody may still ask for them; those that are leaving stay no longer
    than that.
    """
    names = set(registry.files(Model)).intersection(
        registry.files(Model) if names is None else names)
    if not names or not ids:
        return
    pool = Pool()
    pool.get('synchronisation.file').keep(Model, ids, names, leaving)
    pool.get('synchronisation.file.gap').close(Model.__name__, ids, names)
