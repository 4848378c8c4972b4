# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A line that counts what goes over it."
import re
import socket
import threading

SIZE = 65536
REQUEST = re.compile(rb'POST [^ ]+ HTTP/1\.[01]\r\n')


class Proxy:
    """A TCP proxy on the loopback interface, while in the context.

    up and down count the bytes of the payload, HTTP headers included, from
    the one who dials and to it.
    """

    def __init__(self, port):
        self.target = '127.0.0.1', port
        self.reset()

    def reset(self):
        self.sent = []
        self.down = 0

    @property
    def up(self):
        return sum(map(len, self.sent))

    @property
    def requests(self):
        return len(REQUEST.findall(b''.join(self.sent)))

    def __enter__(self):
        self.server = socket.create_server(('127.0.0.1', 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.close()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                # The context has ended
                return
            far = socket.create_connection(self.target)
            for ends in [
                    (near, far, self.note_up), (far, near, self.note_down)]:
                threading.Thread(
                    target=self.carry, args=ends, daemon=True).start()

    def carry(self, source, target, note):
        try:
            while data := source.recv(SIZE):
                note(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # One end is gone; the other learns it from its own socket
            target.close()

    def note_up(self, data):
        self.sent.append(data)

    def note_down(self, data):
        self.down += len(data)
