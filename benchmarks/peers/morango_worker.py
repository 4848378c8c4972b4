# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""One database of Morango, which does what it is told.

It runs in the environment of Morango.  A line of JSON comes in for each order
and one goes out for each answer.
"""
import json
import sys
import time

import django

PROFILE = 'benchmark'


def without_pauses():
    "Morango looks whether the other is ready without sleeping before"
    from morango.sync import controller
    controller.sleep = lambda seconds: None


def migrate():
    from django.core.management import call_command
    from morango.models.certificates import ScopeDefinition
    call_command('migrate', run_syncdb=True, verbosity=0)
    ScopeDefinition.objects.create(
        id='all', profile=PROFILE, version=1, description="all",
        primary_scope_param_key='part', read_filter_template='',
        write_filter_template='', read_write_filter_template='${part}')


def certify(chain=None):
    "Make a certificate, or take that of the other with its key"
    from morango.models.certificates import Certificate
    from morango.models.fields.crypto import Key
    if not chain:
        root = Certificate.generate_root_certificate('all')
        return [{
                'id': root.id, 'serialized': root.serialized,
                'signature': root.signature},
            root.private_key.get_private_key_string()]
    (part, key) = chain
    certificate = Certificate.save_certificate_chain([part])
    certificate.private_key = Key(private_key_string=key)
    certificate.save()


def serve(port):
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    from django.core.servers.basehttp import WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        protocol_version = 'HTTP/1.1'

        def log_message(self, *args):
            pass
    import threading
    server = make_server(
        '127.0.0.1', port, get_wsgi_application(), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def part():
    from morango.models.certificates import Certificate
    return Certificate.objects.get().id


def create(count, seed):
    import workload
    from morango_site.models import Patient
    Patient.part = part()
    found = []
    for values in workload.records(count, seed):
        patient = Patient(**values)
        patient.id = patient.calculate_uuid()
        patient._morango_partition = Patient.part
        found.append(patient)
    Patient.objects.bulk_create(found, batch_size=500)


def synchronise(way, url):
    "Return the seconds of a push or a pull with a session of its own"
    from morango.models.certificates import Certificate, Filter
    from morango.sync.controller import MorangoProfileController
    certificate = Certificate.objects.get()
    connection = MorangoProfileController(PROFILE).create_network_connection(
        url)
    began = time.perf_counter()
    session = connection.create_sync_session(
        certificate, certificate, chunk_size=500)
    client = getattr(session, f'get_{way}_client')()
    client.initialize(Filter(certificate.id))
    client.run()
    client.finalize()
    session.close_sync_session()
    return time.perf_counter() - began


def read(path):
    "Write the records into a file and return its path"
    from morango_site.models import Patient
    with open(path, 'w') as file:
        json.dump(list(Patient.objects.values()), file, default=str)
    return path


def main():
    django.setup()
    without_pauses()
    functions = {f.__name__: f for f in [
            migrate, certify, serve, create, synchronise, read]}
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(functions[name](*arguments)), flush=True)


if __name__ == '__main__':
    main()
