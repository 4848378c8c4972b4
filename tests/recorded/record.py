# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Record the messages of the last version of the wire.

What was recorded of a version is not recorded again once there is a later
one, for then it is out in the world.
"""
import shutil
import sys
import tempfile
from pathlib import Path

from .. import environment


def record(net, name):
    "Play a story on a LocalNetwork as new and return what was recorded."
    from .stage import Recording
    from .stories import STORIES
    stage = Recording(net)
    with stage.lit({}):
        STORIES[name](stage.hub, *stage.satellites)
        return stage.recording()


def main(names):
    folder = Path(tempfile.mkdtemp(
            prefix='record-', dir=environment.quickest()))
    try:
        # Before trytond is imported
        environment.prepare(folder)
        from trytond.modules.synchronisation import wire

        from .. import template
        from ..lasting import LastingNetwork
        from . import document
        from .stories import STORIES
        version = max(wire.VERSIONS)
        document.folder(version).mkdir(parents=True, exist_ok=True)
        database = template.prepare(
            ['test_synchronisation'], 'template', folder)
        net = LastingNetwork(database.file, folder)
        for name in names or STORIES:
            net.begin(2, {})
            document.save(version, name, record(net, name))
            net.end()
        net.close()
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
