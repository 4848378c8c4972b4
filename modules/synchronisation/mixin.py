# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What makes a model synchronise."
import enum
import uuid
from contextlib import contextmanager

from lxml import etree
from sql import Column, Literal
from sql.aggregate import Count

from trytond import backend
from trytond.i18n import gettext, lazy_gettext
from trytond.model import ModelSQL, Unique, fields
from trytond.model.exceptions import SQLConstraintError
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import configuration
from .capture import Buffer, CaptureStorage, is_replica
from .errors import ConfigurationError
from .history import last_sources

# The identity of a row that a module loads must be the same everywhere.
NAMESPACE = uuid.UUID('6d0cc1dd-4d3f-5c0a-8ac5-9a3e1e6bd8c7')
# Counts the classes set up, so that others know when to look again
generation = [0]
BOOKKEEPING = {'id', 'create_uid', 'create_date', 'write_uid', 'write_date'}


class SyncMode(enum.Enum):
    "Where the records of a model travel."
    none = 'none'
    update = 'update'
    push_update = 'push_update'
    full = 'full'
    default = 'default'


class SyncMixin(ModelSQL, CaptureStorage):
    "Synchronise a model whose records have a unique key."
    __slots__ = ()
    unique_id_column = None
    sync_mode = SyncMode.default
    # The fields that never travel
    sync_local = frozenset()
    # The fields that refer to the record to which this one belongs
    sync_owners = ()
    # The many2one field that names the place where it happens: who is there
    # has the record, with what it belongs to
    sync_place = None
    # The stored fields from which a computed unique_id_column is made
    sync_key_fields = ()
    # {a field of these: the only values with which two records are one}
    sync_key_if = {}
    # The fields that two records with one key must not differ in to be one
    sync_alike = ()
    # Who wins a conflict, by field ('' for the others): hub, satellite, review
    sync_policy = {}
    # Whether its records go before others if more than one message is to go
    sync_urgent = False
    # The integer and numeric fields of which the changes are added up
    sync_sums = frozenset()
    # The many2ones by which no record may be below itself, but for those of
    # trytond's tree(), which are known
    sync_trees = ()

    synchronised_instances = fields.Function(fields.Char(
            lazy_gettext('synchronisation.msg_synchronised_instances'),
            help=lazy_gettext(
                'synchronisation.msg_synchronised_instances_help')),
        'get_synchronisation')
    last_synchronisation = fields.Function(fields.Timestamp(
            lazy_gettext('synchronisation.msg_last_synchronisation'),
            help=lazy_gettext(
                'synchronisation.msg_last_synchronisation_help')),
        'get_synchronisation')
    last_change_author = fields.Function(fields.Char(
            lazy_gettext('synchronisation.msg_last_change_author'),
            help=lazy_gettext('synchronisation.msg_last_change_author_help')),
        'get_provenance')
    last_change_instance = fields.Function(fields.Integer(
            lazy_gettext('synchronisation.msg_last_change_instance'),
            help=lazy_gettext(
                'synchronisation.msg_last_change_instance_help')),
        'get_provenance')
    last_change_time = fields.Function(fields.DateTime(
            lazy_gettext('synchronisation.msg_last_change_time'),
            help=lazy_gettext('synchronisation.msg_last_change_time_help')),
        'get_provenance')
    synchronisation_review = fields.Function(fields.Text(
            lazy_gettext('synchronisation.msg_synchronisation_review'),
            help=lazy_gettext(
                'synchronisation.msg_synchronisation_review_help')),
        'get_synchronisation_review',
        searcher='search_synchronisation_review')

    @classmethod
    def __setup__(cls):
        if keeps_versions(cls):
            cls._history = True
        super().__setup__()
        column = cls.unique_id_column
        field = getattr(cls, column, None) if column else None
        if (backend.name != 'sqlite'
                and isinstance(field, fields.Field) and field.sql_type()
                and not _is_unique(cls, column)):
            table = cls.__table__()
            cls._sql_constraints.append((
                    column + '_synchronisation_unique',
                    Unique(table, Column(table, column)),
                    'synchronisation.msg_key_unique'))

    @classmethod
    def __post_setup__(cls):
        super().__post_setup__()
        generation[0] += 1
        check_key(cls)
        check_sums(cls)

    @classmethod
    def __register__(cls, module_name):
        field = cls._fields.get(cls.unique_id_column)
        if (field and field.sql_type()
                and backend.TableHandler.table_exist(cls._table)
                and cls.__table_handler__(module_name).column_exist(
                    cls.unique_id_column)):
            # The constraint would fail with the words of the database
            _refuse_duplicates(cls, cls.unique_id_column)
        super().__register__(module_name)
        if (field and field.sql_type() and backend.name == 'sqlite'
                and not _is_unique(cls, cls.unique_id_column)):
            _add_unique_index(cls, cls.unique_id_column)

    @classmethod
    def synchronised_fields(cls):
        "Return the set of the names of the fields that travel."
        try:
            return cls.__dict__['_synchronised_fields']
        except KeyError:
            cls._synchronised_fields = frozenset(
                name for name, field in cls._fields.items()
                if _travels(cls, name, field))
            return cls._synchronised_fields

    @classmethod
    def create(cls, vlist):
        with explaining_key(cls):
            return super().create(vlist)

    @classmethod
    def write(cls, *args):
        with explaining_key(cls):
            super().write(*args)

    @classmethod
    def copy(cls, records, default=None):
        from . import file_row
        copies = super().copy(records, default=default)
        if cls.sync_mode != SyncMode.none:
            file_row.copy_gaps(
                cls, dict(zip(map(int, records), map(int, copies))),
                default or ())
        return copies

    @classmethod
    def is_captured(cls):
        "Return whether the changes of the transaction are to be sent."
        return cls.sync_mode != SyncMode.none and not is_replica()

    @classmethod
    def _insert_history(cls, ids, deleted=False):
        super()._insert_history(ids, deleted=deleted)
        if cls.is_captured():
            Buffer.get().stored(cls.__name__, map(int, ids), deleted)
            if cls._history:
                Buffer.get().save(cls.__name__, last_sources(
                        cls, list(map(int, ids))), deleted)

    @classmethod
    def _restore_history(cls, ids, datetime, _before=False):
        # It may delete by SQL
        if cls.is_captured():
            Change = Pool().get('synchronisation.change')
            Buffer.get().bury(cls.__name__, Change.last_rows(cls, ids))
        super()._restore_history(ids, datetime, _before=_before)

    @classmethod
    def default_get(cls, fields_names, *args, **kwargs):
        # A received record has all its values; a default of the business
        # may invent some or refuse the user of the exchange.
        if is_replica():
            return {}
        return super().default_get(fields_names, *args, **kwargs)

    @classmethod
    def _validate(cls, records, field_names=None):
        if not is_replica():
            super()._validate(records, field_names=field_names)

    @classmethod
    def trigger_create(cls, records):
        if not is_replica():
            super().trigger_create(records)

    @classmethod
    def trigger_delete(cls, records):
        if not is_replica():
            super().trigger_delete(records)

    @classmethod
    def trigger_write_get_eligibles(cls, records):
        if is_replica():
            return {}
        return super().trigger_write_get_eligibles(records)

    def get_wire_value(self):
        """Return the values to send, a dictionary by field.

        Override it to leave a field out; what is missing keeps its value at
        the receiver.
        """
        from . import row
        return row.prepared(self)

    @classmethod
    def get_unsync_domain(cls):
        """Return the domain of the records offered to every instance.

        It restricts the modes full and update; it is asked at the hub.
        """
        return []

    @classmethod
    def get_synchronisation(cls, records, names):
        Record = Pool().get('synchronisation.record')
        return Record.describe(cls.__name__, list(map(int, records)), names)

    @classmethod
    def get_provenance(cls, records, names):
        from . import provenance
        return provenance.describe(
            cls.__name__, list(map(int, records)), names)

    @classmethod
    def get_synchronisation_review(cls, records, name):
        from . import review
        return review.marks(cls.__name__, list(map(int, records)))

    @classmethod
    def search_synchronisation_review(cls, name, clause):
        from . import review
        return review.search(cls.__name__, clause)

    @classmethod
    def parse_view(cls, tree, type, *args, **kwargs):
        if type == 'form' and tree.tag == 'form':
            _show_synchronisation(tree)
        return super().parse_view(tree, type, *args, **kwargs)


class SyncUUIDMixin(SyncMixin):
    "Synchronise a model whose records have no key of their own."
    __slots__ = ()
    unique_id_column = 'uuid'

    uuid = fields.Char(
        lazy_gettext('synchronisation.msg_uuid'), readonly=True,
        help=lazy_gettext('synchronisation.msg_uuid_help'))

    @classmethod
    def __register__(cls, module_name):
        # A default would give one and the same value to all the rows
        if backend.TableHandler.table_exist(cls._table):
            table_h = cls.__table_handler__(module_name)
            if not table_h.column_exist('uuid'):
                table_h.add_column('uuid', 'VARCHAR')
            _fill_uuid(cls)
        super().__register__(module_name)

    @classmethod
    def create(cls, vlist):
        if not is_replica():
            used = cls._used_uuids([v['uuid'] for v in vlist if v.get('uuid')])
            vlist = [{**v, 'uuid': str(uuid.uuid4())
                    if v.get('uuid') in used | {None, ''} else v['uuid']}
                for v in vlist]
        return super().create(vlist)

    @classmethod
    def _used_uuids(cls, uuids):
        """Return those that others know as something that is not here.

        What was exported, deleted and is imported again is something new.
        """
        if not uuids:
            return set()
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.uuid, where=table.uuid.in_(uuids)))
        left = set(uuids) - {uuid for uuid, in cursor}
        return Pool().get('synchronisation.record').known(cls.__name__, left)

    @classmethod
    def copy(cls, records, default=None):
        default = {} if default is None else default.copy()
        default.setdefault('uuid', None)
        return super().copy(records, default=default)


def keeps_versions(Model):
    "Whether the configuration asks for each version of clinical records."
    return configuration.keeps_history() and (
        'review' in Model.sync_policy.values())


@contextmanager
def explaining_key(Model):
    "Say in words that a key is taken where only an index tells."
    try:
        yield
    except backend.DatabaseIntegrityError as error:
        if f'{Model._table}.{Model.unique_id_column}' in str(error):
            raise SQLConstraintError(
                gettext('synchronisation.msg_key_unique')) from error
        raise


def check_key(Model):
    "Raise ConfigurationError if records of Model cannot be told apart."
    name, column = Model.__name__, Model.unique_id_column
    if not column:
        raise ConfigurationError(
            f'The model "{name}" has no unique_id_column; name the field '
            "that identifies its records, or use SyncUUIDMixin.")
    field = Model._fields.get(column)
    if field is None:
        raise ConfigurationError(
            f'The unique_id_column "{column}" of the model "{name}" is not '
            "one of its fields; name the field that identifies its records.")
    if isinstance(field, fields.Function) and not field.searcher:
        raise ConfigurationError(
            f'The unique_id_column "{column}" of the model "{name}" is a '
            "Function field without a searcher; add one, or name another.")
    if field._type not in {'char', 'integer', 'reference', 'many2one'}:
        raise ConfigurationError(
            f'The unique_id_column "{column}" of the model "{name}" cannot '
            f'be unique, being a {field._type}; name another field.')
    if (field.sql_type() and backend.name != 'sqlite'
            and not _is_unique(Model, column)):
        raise ConfigurationError(
            f'The unique_id_column "{column}" of the model "{name}" is not '
            "unique; add a Unique constraint on it, or name another field.")


def check_sums(Model):
    "Raise ConfigurationError if changes of a field cannot be added up."
    for name in sorted(Model.sync_sums):
        field = Model._fields.get(name)
        if (field is None or field._type not in {'integer', 'numeric'}
                or not field.sql_type()):
            raise ConfigurationError(
                f'The field "{name}" in sync_sums of the model '
                f'"{Model.__name__}" is not a stored Integer or Numeric '
                "field; name one that is.")


def _travels(Model, name, field):
    if (name in BOOKKEEPING or name in Model.sync_local
            or isinstance(field, (fields.Function, fields.MultiValue))
            or (name == 'uuid' and issubclass(Model, SyncUUIDMixin))):
        return False
    # The database indexes a full text by itself, in its own words
    if name in _derived(Model) or field._type == 'full_text':
        return False
    # The content of a binary may lie in the file store
    return bool(field.sql_type()) or field._type == 'binary'


def _derived(Model):
    "Return the names of the columns that the database keeps by itself."
    names = set()
    for field in Model._fields.values():
        for attribute in ['left', 'right', 'path', 'file_id']:
            column = getattr(field, attribute, None)
            if isinstance(column, str):
                names.add(column)
    return names


def _is_unique(Model, column):
    return any(
        isinstance(constraint, Unique)
        and [c.name for c in constraint.columns] == [column]
        for _, constraint, _ in Model._sql_constraints)


def _refuse_duplicates(Model, column):
    cursor = Transaction().connection.cursor()
    table = Model.__table__()
    key = Column(table, column)
    cursor.execute(*table.select(
            key, where=key != None,  # noqa: E711
            group_by=key, having=Count(Literal('*')) > 1, limit=1))
    if duplicate := cursor.fetchone():
        raise ConfigurationError(
            f'The model "{Model.__name__}" has several records whose '
            f'{column} is "{duplicate[0]}"; give each its own before the '
            "synchronisation is activated.")


def _add_unique_index(Model, column):
    # trytond drops the indexes named idx_* or *_index that it did not make
    name = f'{Model._table}_{column}_synchronised'
    Transaction().connection.cursor().execute(
        f'CREATE UNIQUE INDEX IF NOT EXISTS "{name}" '
        f'ON "{Model._table}" ("{column}")')


def _fill_uuid(Model):
    ModelData = Pool().get('ir.model.data')
    cursor = Transaction().connection.cursor()
    table, data = Model.__table__(), ModelData.__table__()
    cursor.execute(*table.join(data, 'LEFT', condition=(
                (data.model == Model.__name__) & (data.db_id == table.id)))
        .select(table.id, data.module, data.fs_id,
            where=table.uuid == None))  # noqa: E711
    for id_, module, fs_id in cursor.fetchall():
        if fs_id:
            value = uuid.uuid5(
                NAMESPACE, f'{Model.__name__},{module}.{fs_id}')
        else:
            value = uuid.uuid4()
        cursor.execute(*table.update(
                [table.uuid], [str(value)], where=table.id == id_))


def _show_synchronisation(tree):
    group = etree.SubElement(tree, 'group', {
            'id': 'synchronisation', 'col': '4', 'colspan': '4',
            'yexpand': '0'})
    for name in [
            'synchronised_instances', 'last_synchronisation',
            'last_change_author', 'last_change_instance', 'last_change_time']:
        etree.SubElement(group, 'label', {'name': name})
        etree.SubElement(group, 'field', {'name': name})
    etree.SubElement(group, 'newline')
    etree.SubElement(group, 'label', {'name': 'synchronisation_review'})
    etree.SubElement(group, 'field', {
            'name': 'synchronisation_review', 'colspan': '3'})
