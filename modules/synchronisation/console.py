# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The verbs with which people look and decide; none of them dials the hub."
from collections import Counter
from contextlib import contextmanager

from trytond.exceptions import UserError

from .errors import ConfigurationError
from .verb import argument, show_outcome, verb

FIELDS = ['name', 'state', 'why', 'model', 'identity', 'field', 'record_name',
    'field_name', 'winner_words', 'loser_words', 'decided']
WAITING = ['peer', 'model', 'identity', 'record_name', 'code', 'reason',
    'values_words', 'attempts', 'audit']
STATES = ['bound', 'left out', 'unbound']


@contextmanager
def transaction(satellite, login=None):
    "Open a transaction of the user with a login, or of nobody."
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    with Transaction().start(satellite.database, 0) as opened:
        pool, user = Pool(), 0
        if login:
            users = pool.get('res.user').search([('login', '=', login)])
            if not users:
                raise ConfigurationError(
                    f'There is no user "{login}"; name one by the login.')
            user = users[0].id
        with opened.set_user(user), opened.set_context(
                user=user, _check_access=bool(user)):
            yield pool


@contextmanager
def refusals(result):
    "Make what the business refuses a part of the result."
    try:
        yield
    except UserError as error:
        result['complete'] = False
        result['errors'] = [error.message]


def show_rows(result):
    "Print the records of a result, one after the other."
    for row in result['rows']:
        print(f"{row['name']}  {row['state']}")
        for name, text in row.items():
            if text and name not in {'name', 'state'}:
                print(f'  {name.replace("_", " ")}: {text}')
    print(f"{len(result['rows'])} in all")


def show_sentences(result):
    print('\n'.join(result['sentences']))


@verb("list the open conflicts, or decide on one",
    argument('--model', metavar='MODEL', help="only those of a model"),
    argument('--take', metavar='NAME',
        help="write the other value of this conflict into its record"),
    argument('--keep', metavar='NAME',
        help="close this conflict, what was kept stays"),
    argument('--user', metavar='LOGIN',
        help="decide as this user (default: root)"),
    show=show_rows)
def conflicts(satellite, options):
    if options.take and options.keep:
        raise ConfigurationError(
            "A conflict is taken or kept, not both; give one of the two.")
    result = {'complete': True, 'rows': []}
    name = options.take or options.keep
    with refusals(result):
        if name:
            with transaction(satellite, options.user) as pool:
                getattr(pool.get('synchronisation.conflict'),
                    'take' if options.take else 'keep')([_conflict(
                            pool, name)])
        with transaction(satellite) as pool:
            result['rows'] = _conflicts(pool, name, options.model)
    return result


def _conflict(pool, name):
    Conflict = pool.get('synchronisation.conflict')
    found = Conflict.search([('name', '=', name)])
    if not found:
        raise ConfigurationError(
            f'There is no conflict "{name}"; list them by "conflicts".')
    return found[0]


def _conflicts(pool, name, model):
    Conflict = pool.get('synchronisation.conflict')
    if name:
        domain = [('name', '=', name)]
    else:
        domain = [('state', '=', 'open')]
    if model:
        domain.append(('model', '=', model))
    return [{field: getattr(conflict, field) for field in FIELDS}
        for conflict in Conflict.search(domain, order=[('id', 'ASC')])]


@verb("list what waits, or see to some of it",
    argument('--retry', metavar='ID', type=int, nargs='+',
        help="try these at the next run, without waiting for their time"),
    argument('--set-aside', metavar='ID', type=int, nargs='+',
        help="let these stay without being tried, with their units"),
    argument('--take-up', metavar='ID', type=int, nargs='+',
        help="try again what was set aside"),
    argument('--user', metavar='LOGIN',
        help="do it as this user (default: root)"),
    show=show_rows)
def quarantine(satellite, options):
    asked = [(name, ids) for name in ['retry', 'set_aside', 'take_up']
        if (ids := getattr(options, name))]
    if len(asked) > 1:
        raise ConfigurationError(
            "Only one thing is done at a time; give one of the options.")
    for name, ids in asked:
        with transaction(satellite, options.user) as pool:
            getattr(pool.get('synchronisation.quarantine'), name)(
                _waiting(pool, ids))
    with transaction(satellite) as pool:
        rows = _waiting(pool, asked[0][1] if asked else None)
        return {'complete': True, 'rows': [{
                    'name': row.id,
                    'state': 'aside' if row.aside else row.place,
                    **{name: getattr(row, name) for name in WAITING},
                    'since': row.since.isoformat(),
                    } for row in rows]}


def _waiting(pool, ids):
    Quarantine = pool.get('synchronisation.quarantine')
    rows = Quarantine.search(
        [('id', 'in', ids)] if ids else [], order=[('id', 'ASC')])
    if unknown := set(ids or []) - {row.id for row in rows}:
        raise ConfigurationError(
            f'Nothing waits as "{min(unknown)}"; list what does by '
            '"quarantine".')
    return rows


@verb("push, pull and new, with all that waits and is not set aside",
    show=show_outcome)
def retry(satellite, options):
    with transaction(satellite) as pool:
        Quarantine = pool.get('synchronisation.quarantine')
        Quarantine.retry(Quarantine.search([('aside', '=', False)]))
    return satellite.synchronise().as_dict()


@verb("tell where a record is, since when, and why it is not elsewhere",
    argument('model', metavar='MODEL', help="name of the model"),
    argument('key', metavar='KEY',
        help="its natural key, its identity, or its id here"),
    show=show_sentences)
def explain(satellite, options):
    from .explain import Explanation
    with transaction(satellite):
        return Explanation(
            satellite.database, options.model, options.key).as_dict()


def show_membership(result):
    print(f"{result['records']} records")


MEMBERSHIP = [
    argument('instance', metavar='INSTANCE', type=int,
        help="number of an instance below this one"),
    argument('model', metavar='MODEL', help="name of the model"),
    argument('keys', metavar='KEY', nargs='+', help="key of a record")]


@verb("at a hub, let an instance have records, with what belongs to them",
    *MEMBERSHIP, show=show_membership)
def grant(satellite, options):
    from . import membership
    return membership.grant(
        satellite.database, options.instance, options.model, options.keys)


@verb("at a hub, take records from an instance, with what belongs to them; "
    "it drops them once the hub has what it changed in them",
    *MEMBERSHIP, show=show_membership)
def withdraw(satellite, options):
    from . import membership
    return membership.withdraw(
        satellite.database, options.instance, options.model, options.keys)


def show_models(result):
    "Print what coverage tells of each model."
    for row in result['rows']:
        print(f"{row['model']}  {_manner(row)}")
        for sentence in row.get('missing', []):
            print(f'  {sentence}')
    counts = Counter(row['state'] for row in result['rows'])
    print(', '.join(f'{counts[state]} {state}' for state in STATES))


def _manner(row):
    "Return in words how a model takes part."
    if row['state'] == 'left out':
        return f"left out: {row['reason']}"
    elif row['state'] == 'unbound':
        return "unbound"
    key = ' and '.join(row['key'])
    return f"{row['mode']}, {f'known by {key}' if key else 'each its own'}"


@verb("list which models of the database are synchronised, which are not, "
    "and what is missing",
    argument('module', metavar='MODULE', nargs='?',
        help="only the models that this module brings"),
    show=show_models)
def models(satellite, options):
    from . import coverage
    with transaction(satellite) as pool:
        if options.module and not pool.get('ir.module').search([
                    ('name', '=', options.module),
                    ('state', '=', 'activated'),
                    ]):
            raise ConfigurationError(
                f'The module "{options.module}" is not activated in this '
                "database; name one that is.")
        rows = coverage.describe(options.module)
    return {
        'complete': not any(row.get('missing') for row in rows),
        'rows': rows,
        }
