# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The bad line does what it says."
import socket
import socketserver
import threading
import time
from contextlib import contextmanager

import pytest

from .line import FOUL, Line, Weather, hastened


class Echo(socketserver.StreamRequestHandler):
    "Answer each line of text with itself."

    def handle(self):
        for line in self.rfile:
            self.server.heard.append(line)
            self.wfile.write(line)


@contextmanager
def echo(weather=Weather(), seed=0):
    "Give a Line to an Echo, and what that heard"
    with socketserver.ThreadingTCPServer(
            ('127.0.0.1', 0), Echo) as server:
        server.daemon_threads = True
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with Line(server.server_address[1], weather, seed) as line:
                yield line, server.heard
        finally:
            server.shutdown()


def ask(line, text):
    "Return what comes back, nothing if the line breaks before"
    with socket.create_connection(('127.0.0.1', line.port)) as connection:
        connection.settimeout(30)
        try:
            connection.sendall(text)
            with connection.makefile('rb') as file:
                return file.readline()
        except ConnectionError:
            return b''


def test_fair():
    "Test that what is sent arrives, and is counted"
    with echo() as (line, heard):
        text = b'x' * 100_000 + b'\n'
        assert ask(line, text) == text
        assert heard == [text]
        assert line.up == line.down == len(text)
        assert line.breaks == 0


def test_rate_and_delay():
    "Test that it takes as long as it must, and hardly longer"
    with echo(Weather(rate=20_000, delay=.2)) as (line, _):
        began = time.monotonic()
        text = b'x' * 9_999 + b'\n'
        assert ask(line, text) == text
        # There and back
        assert time.monotonic() - began >= 2 * (.5 + .2) - .01


def test_two_share_the_rate():
    "Test that two connections are no faster than one"
    with echo(Weather(rate=20_000)) as (line, _):
        began = time.monotonic()
        threads = [
            threading.Thread(target=ask, args=(line, b'x' * 4_999 + b'\n'))
            for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert line.up == 10_000
        assert time.monotonic() - began >= .5


def test_cuts():
    "Test that it breaks by the clock, also what it lets through else"
    with echo(Weather(rate=1000, cuts=(.1, .2))) as (line, heard):
        assert ask(line, b'x' * 9_999 + b'\n') == b''
        assert heard == []
        assert line.breaks == 1
        assert line.up < 1000
        line.change(Weather())
        assert ask(line, b'again\n') == b'again\n'


def test_tears():
    "Test that it breaks after so many bytes"
    with echo(Weather(tears=(5000, 5000))) as (line, _):
        assert ask(line, b'x' * 99_999 + b'\n') == b''
        assert line.breaks == 1
        assert 5000 <= line.bytes < 8000


def test_swallowed():
    "Test that an answer is lost though the request arrived"
    with echo(Weather(swallows=1)) as (line, heard):
        assert ask(line, b'x\n') == b''
        assert heard == [b'x\n']
        assert line.swallowed == 1


def test_closed():
    "Test that nobody gets through while it is closed"
    with echo() as (line, heard):
        line.close()
        assert ask(line, b'x\n') == b''
        line.reopen()
        assert ask(line, b'y\n') == b'y\n'
        assert heard == [b'y\n']


def test_hastened():
    "Test that a line which is faster by a factor is the same one"
    fast = hastened(FOUL, 20)
    assert fast.rate * fast.delay == FOUL.rate * FOUL.delay
    assert [s * 20 for s in fast.cuts] == pytest.approx(FOUL.cuts)
