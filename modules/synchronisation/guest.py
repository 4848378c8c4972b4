# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who sends a message to the hub, and whether it may."
from . import life, wire
from .configuration import SENDS
from .epoch import PLACES
from .errors import RefusedError
from .protocol import epoch_of, link


class Guest:
    "The satellite that sent a message, checked."

    def __init__(self, store, settings, message, user):
        self.store = store
        self.settings = settings
        if not self.settings.enabled:
            raise RefusedError(
                "The synchronisation is switched off at the hub; wait, or "
                "ask its administrator.", 'disabled')
        self.message = message
        self.check_version()
        self.number = wire.number(message, 'from')
        self.epoch = wire.epoch(message, 'epoch')
        self.instance = self.find(user)
        self.check_database()
        self.check_life()
        self.link = link(self.number, self.epoch)

    def check_direction(self, forbidden):
        "Refuse what an instance may not do that goes one way only."
        if self.instance.direction == forbidden:
            raise RefusedError(
                "The instance only " + (
                    "sends to" if forbidden == SENDS else "receives from")
                + " the hub, which is so in Administration > "
                "Synchronisation > Instances there; set direction in its "
                "trytond.conf to the same.", 'direction')

    def check_version(self):
        versions = self.message.get('versions')
        wire.expect(isinstance(versions, list), 'versions')
        if not set(wire.VERSIONS) & {v for v in versions if type(v) is int}:
            error = RefusedError(
                "The hub has no version of the protocol in common with the "
                "satellite.", 'version')
            error.details = {'versions': wire.VERSIONS}
            raise error

    def find(self, user):
        instance = self.store.instances.of_user(user)
        if instance is None:
            raise RefusedError(
                "The user is not that of an instance; ask the administrator "
                "of the hub to enrol this instance.", 'unknown-instance')
        if instance.state != 'active':
            raise RefusedError(
                "The instance is suspended; ask the administrator of the "
                "hub.", 'suspended')
        if instance.number != self.number:
            raise RefusedError(
                f"The user belongs to instance {instance.number} but "
                f"synchronisation_id is {self.number}; set the right one in "
                "trytond.conf.", 'wrong-instance')
        return instance

    def check_database(self):
        database = self.message.get('database')
        wire.expect(wire.is_name(database), 'database')
        if self.number == self.settings.synchronisation_id:
            raise RefusedError(
                f"The hub itself is instance {self.number}; give the "
                "satellite a synchronisation_id of its own.", 'duplicate-id')
        if self.instance.database and self.instance.database != database:
            raise RefusedError(
                f"Another database is instance {self.number} already; begin "
                "with a new database that has a synchronisation_id of its "
                "own.", 'duplicate-id')
        if not self.instance.database and (
                other := self.store.instances.of_database(database)):
            # What it brings would count as what the other one sent
            raise RefusedError(
                f"The database is a copy of that of instance {other.number}; "
                f"begin instance {self.number} with a new database.",
                'duplicate-id')

    def check_life(self):
        "E1: refuse what another life of the sender's database went on from."
        former = self.message.get('lives', [])
        wire.expect(isinstance(former, list)
            and all(map(wire.is_number, former)), 'lives')
        self.lives = {
            link(self.number, epoch_of(last)): last for last in former}
        self.told = life.Told(self.epoch, life.marks(self.message))
        known = self.store.marks.between(self.number, *self.told.range)
        if (self.epoch < (self.instance.epoch or 0)
                or self.told.is_contradicted(known)):
            error = RefusedError(
                "The database was restored from a backup, or is a copy of "
                "another one.", 'fork')
            error.details = {
                'mark': self.told.mark, 'common': self.told.common(known),
                'life': self.instance.epoch or 0}
            raise error

    def note_marks(self):
        self.store.marks.store(self.number, self.told.news)

    def check_hub(self, time):
        "Whether the hub is still what the satellite knows."
        self.check_epoch(time)
        self.check_places(time)

    def check_epoch(self, time):
        """H1: what was sent to another life of the hub is not taken.

        Who does not know the hub is told of a new life: what it sent may come
        late, and another may have brought the same since.
        """
        known = wire.epoch(self.message, 'hub', 0)
        if known == time.epoch or not (known or time.history):
            return
        if known > time.epoch:
            raise RefusedError(
                "The satellite knows a later life of the hub's database; its "
                "administrator must say that it was restored, by "
                f"'trytond-synchronise restored --above {known}'.",
                'later-life')
        error = RefusedError("The hub was restored from a backup.", 'epoch')
        error.details = {
            'hub': time.epoch, 'history': time.history, 'former': known,
            'instance': self.settings.synchronisation_id,
            'database': time.database, 'to': self.number}
        raise error

    def check_places(self, time):
        "Nobody has read further than the hub has written."
        for name in PLACES:
            place = wire.number(self.message, name, 0)
            wire.expect(place >= 0, name)
            if place > time.position:
                raise RefusedError(
                    "The satellite has read further than this hub has "
                    "written; if it was restored from a backup its "
                    "administrator must say so, by 'trytond-synchronise "
                    "restored'.", 'position')

    def note(self, **values):
        "Keep what the satellite says of itself, if it is something new."
        values['database'] = self.message['database']
        values['epoch'] = self.epoch
        now = self.store.now()
        contact = self.instance.contact
        if (any(getattr(self.instance, n) != v for n, v in values.items())
                or not contact or (now - contact).total_seconds() > 60):
            self.store.instances.note(
                self.instance, {**values, 'contact': now})

    def header(self, time):
        return {
            'version': max(wire.VERSIONS),
            'hub': time.epoch,
            'instance': self.settings.synchronisation_id,
            'database': time.database,
            'to': self.number,
            'epoch': self.epoch,
            'mark': self.told.mark,
            'fields': self.store.schema(),
            }
