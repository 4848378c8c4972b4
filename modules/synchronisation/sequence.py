# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Numbers that no other instance gives."
import random

from trytond.pool import PoolMeta
from trytond.transaction import Transaction

from . import configuration
from .configuration import INSTANCES

# A new life leaves out from the first to twice so many numbers of a sequence,
# as nobody knows how many the lost one had given
LEAP = 2048


def instance():
    "Return the number of this instance, None if it has none yet."
    database = Transaction().database.name
    if configuration.get('synchronisation_id', database) is None:
        return None
    return configuration.load(database).synchronisation_id


def following(number, instance):
    "Return the first number of an instance that is not below a number."
    return number + (instance - number) % INSTANCES


class Sequence(metaclass=PoolMeta):
    """Sequence

    The numbers of an instance leave its own number when they are divided by
    the number of instances.  It is looked at whenever one is given, so that
    it holds for a sequence that a later module brings, and for one that was
    there before or that somebody set by hand.
    """
    __name__ = 'ir.sequence'

    @classmethod
    def _get_sequence(cls, sequence):
        number = instance()
        text = super()._get_sequence(sequence)
        if number is None or sequence.type != 'incremental':
            return text
        if (int(text) % INSTANCES == number
                and sequence.number_increment == INSTANCES):
            return text
        # Users may not write what a module loads
        with Transaction().set_user(0):
            cls.write([sequence], {
                    'number_increment': INSTANCES,
                    'number_next': following(max(int(text), 1), number),
                    })
        return super()._get_sequence(cls(sequence.id))

    @classmethod
    def leap(cls):
        """Leave out what a lost life of this database may have given.

        By chance, as two copies of it may go on.
        """
        with Transaction().set_user(0), Transaction().set_context(
                active_test=False):
            # Also those that give their first number in the lost life
            for sequence in cls.search([('type', '=', 'incremental')]):
                cls.write([sequence], {
                        'number_increment': INSTANCES,
                        'number_next': max(sequence.number_next, 1)
                        + INSTANCES * random.randrange(LEAP, 2 * LEAP)})

    @classmethod
    def _get_substitutions(cls, date=None):
        substitutions = super()._get_substitutions(date=date)
        # For a prefix such as C${instance}-
        substitutions['instance'] = instance()
        return substitutions
