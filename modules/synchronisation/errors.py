# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What can go wrong between two instances.

SynchronisationError
  ConfigurationError   the settings of this instance are wrong (permanent)
  HubUnreachableError  the line or the hub is down (transient)
    LaterError         the hub has no time now (transient)
  RefusedError         the hub answered no (permanent)
  BusyError            another run is under way (transient)
  StalledError         nothing moved any more (transient)
  DatabaseError        the database of this instance failed (transient)
  ContentionError      somebody holds a lock or has just written (transient)
  MessageError         a message does not follow the protocol (permanent)
"""

from trytond import backend

# What says that the database failed or is gone
LOST = (backend.DatabaseOperationalError,)
if backend.name == 'postgresql':
    from psycopg2 import InterfaceError
    LOST += (InterfaceError,)


class SynchronisationError(Exception):
    "An exchange could not be done."
    code = 'error'
    exit_status = 1
    transient = False
    # What the run did until then
    outcome = None

    def __init__(self, sentence, code=None):
        super().__init__(sentence)
        if code:
            self.code = code


class ConfigurationError(SynchronisationError):
    "The settings of this instance are wrong."
    code = 'configuration'
    exit_status = 2


class HubUnreachableError(SynchronisationError):
    "The hub does not answer."
    code = 'unreachable'
    exit_status = 3
    transient = True
    # Whether the line broke while something was on it
    cut = False


class LaterError(HubUnreachableError):
    "The hub has no time now; details has after how many seconds it has."
    code = 'later'


class RefusedError(SynchronisationError):
    "The hub refused the request."
    code = 'refused'
    exit_status = 4


class BusyError(SynchronisationError):
    "Another run is under way on this database."
    code = 'busy'
    exit_status = 5
    transient = True


class ContentionError(SynchronisationError):
    "The database could not be locked in time, or changed underneath."
    code = 'contention'
    transient = True


class StalledError(SynchronisationError):
    "Nothing moved any more."
    code = 'stalled'
    transient = True


class DatabaseError(SynchronisationError):
    "The database of this instance failed."
    code = 'database'
    transient = True


class MessageError(SynchronisationError):
    "A message that does not follow the protocol."
    code = 'message'


def lost(error):
    "Return the DatabaseError of what a back end raised."
    return DatabaseError(
        "The database of this instance failed "
        f"({type(error).__name__}); look at its log, the next run goes on.")
