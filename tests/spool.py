# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The broker that needs no server: a folder with the calls."


class Spool:
    "A folder that carries the calls of one satellite."

    def __init__(self, folder, **options):
        self.folder = folder
        (folder / 'control').mkdir(parents=True, exist_ok=True)
        self.options = options

    @property
    def settings(self):
        return {
            'broker_url': 'filesystem://',
            'broker_transport_options': {
                'data_folder_in': str(self.folder),
                'data_folder_out': str(self.folder),
                'control_folder': str(self.folder / 'control'),
                **self.options,
                },
            }

    def count(self):
        "Return how many calls wait"
        return len(list(self.folder.glob('*.msg')))
