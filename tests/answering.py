# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Something that answers where a hub should."
import socket
import threading
from contextlib import contextmanager


@contextmanager
def answering(answer, context=None):
    """Give the port of something that answers each request by answer(socket).

    With the context of a server it does so over TLS.
    """
    with socket.create_server(('127.0.0.1', 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connections.append(connection)
                try:
                    if context:
                        connection = context.wrap_socket(
                            connection, server_side=True)
                        connections.append(connection)
                    answer(connection)
                except OSError:
                    # Whoever asked has gone
                    pass
        connections = []
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in connections:
            connection.close()


def text(status, body, *headers):
    "Return what answers a request with a body, and hangs up."

    def answer(connection):
        connection.recv(1 << 16)
        connection.sendall(b'\r\n'.join([
                    f'HTTP/1.1 {status} Any'.encode(), *headers,
                    b'Content-Length: %d' % len(body), b'', body]))
        connection.shutdown(socket.SHUT_RDWR)
    return answer
