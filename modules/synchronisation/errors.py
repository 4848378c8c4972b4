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
    FullError          there is no room for it any more (transient)
  ContentionError      somebody holds a lock or has just written (transient)
  MessageError         a message does not follow the protocol (permanent)
"""
import sqlite3

from trytond import backend

# The code of PostgreSQL for what has no room on the disk
DISK_FULL = '53100'
# What says that the database failed or is gone
LOST = (backend.DatabaseOperationalError,)
if backend.name == 'postgresql':
    from psycopg2 import InterfaceError
    from psycopg2.errors import InternalError_
    LOST += (InterfaceError, InternalError_)


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


class FullError(DatabaseError):
    "The disk of a database is full."
    code = 'full'


class MessageError(SynchronisationError):
    "A message that does not follow the protocol."
    code = 'message'


def is_full(error):
    "Whether a back end has no room on its disk."
    return (getattr(error, 'pgcode', None) == DISK_FULL
        or getattr(error, 'sqlite_errorcode', None) == sqlite3.SQLITE_FULL)


def lost(error):
    "Return the DatabaseError of what a back end raised."
    if is_full(error):
        return FullError(
            "The disk of the database of this instance is full; make room, "
            "the next run goes on.")
    return DatabaseError(
        "The database of this instance failed "
        f"({type(error).__name__}); look at its log, the next run goes on.")
