# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Lines of the log, for programs: event=push.sent run=1.42 records=20.

Only numbers, and words of our own, ever stand in them: nothing that people
wrote, for logs are read by others than records are.
"""
import logging
import re
import traceback

# The key of a message's name in the context of the call
MESSAGE = 'synchronisation_message'
WORD = re.compile(r'[\w.:/-]{1,80}', re.ASCII)
NAME = re.compile(r'\d{1,3}\.\d{1,19}\.\d{1,10}', re.ASCII)


def note(logger, event, level=logging.INFO, **values):
    "Log an event with its values, of which None is left out."
    if logger.isEnabledFor(level):
        words = [f'{name}={word(value)}' for name, value in values.items()
            if value is not None]
        logger.log(level, '%s', ' '.join([f'event={event}', *words]))


def trace(logger, sentence, error, level=logging.ERROR):
    "Log where an error comes from, but not its text, which may quote people."
    if logger.isEnabledFor(level):
        logger.log(
            level, '%s: %s\n%s', sentence, type(error).__name__,
            ''.join(traceback.format_tb(error.__traceback__)))


def word(value):
    "Return a value as it stands in a line."
    if isinstance(value, float):
        return f'{value:.3f}'
    text = str(value)
    return text if WORD.fullmatch(text) else '?'


def run_of(message):
    "Return the name of the run that sent a message."
    return message and message.rpartition('.')[0]


def received(context):
    "Return the name of the message in the context of a call, if it has one."
    name = context.get(MESSAGE)
    return name if isinstance(name, str) and NAME.fullmatch(name) else None


def pushed(message):
    "Return what tells which units a message pushes: each has a number."
    numbers = [row[1] for row in rows(message, 'entries')
        if type(row[1]) is int]
    if not numbers:
        return {}
    return {
        'pushed': len(numbers), 'units': len(set(numbers)),
        'first': min(numbers), 'last': max(numbers)}


def pulled(reply):
    "Return what tells which part of the hub's feed an answer has."
    found = {
        name: '-'.join(map(str, reply[name][:2]))
        for name in ['at', 'known'] if isinstance(reply.get(name), list)}
    if 'documents' in reply:
        found['pulled'] = len(rows(reply, 'documents'))
    return found


def rows(message, name):
    "Return the rows of the tables of a message, which may be malformed."
    tables = message.get(name)
    return [
        row for table in (tables if isinstance(tables, list) else [])
        if isinstance(table, list) and table and isinstance(table[-1], list)
        for row in table[-1] if isinstance(row, list) and len(row) > 1]
