# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A process of an instance that does one thing after the other, when told."
import json
import socket
import traceback

from .process import ProcessError, find, get_target, transact

START = 120
ANSWER = 120


class Remote:
    """A process with the pool of an instance, while in the context.

    Unlike Instance.run it is started once, so that what is told to several of
    them happens at the same time.  The functions are those of a module, their
    arguments and results are JSON.
    """

    def __init__(self, instance):
        self.instance = instance

    def __enter__(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            server.settimeout(START)
            self.process = self.instance.start(obey, server.getsockname()[1])
            try:
                self.socket, _ = server.accept()
            except BaseException:
                self.process.kill()
                raise
        self.file = self.socket.makefile('rw')
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.file.close()
        self.socket.close()

    def tell(self, function, *arguments):
        "Let it begin function(*arguments); result() must follow"
        json.dump([get_target(function), arguments], self.file)
        self.file.write('\n')
        self.file.flush()

    def result(self, timeout=ANSWER):
        "Wait for the end of what it was told"
        self.socket.settimeout(timeout)
        line = self.file.readline()
        if not line:
            # It was killed, or ended with an error of its own
            self.process.wait()
            raise ProcessError("The process has ended.")
        value, error = json.loads(line)
        if error:
            raise ProcessError(error)
        return value

    def do(self, function, *arguments):
        self.tell(function, *arguments)
        return self.result()

    def call(self, function, *arguments):
        "Return the result of function(pool, *arguments) in a transaction"
        return self.do(transact, get_target(function), 1, {}, arguments)


def obey(port):
    with socket.create_connection(('127.0.0.1', port)) as connection:
        file = connection.makefile('rw')
        for line in file:
            target, arguments = json.loads(line)
            try:
                answer = find(target)(*arguments), None
            except Exception:
                answer = None, traceback.format_exc()
            json.dump(answer, file)
            file.write('\n')
            file.flush()
