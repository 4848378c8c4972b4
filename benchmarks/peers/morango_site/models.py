# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The records of workload.py as Morango synchronises them."
from django.db import models
from morango.models import SyncableModel


class Moment(models.DateTimeField):
    # JSON of Django has no microseconds
    morango_serialize_to_string = True


class Patient(SyncableModel):
    morango_profile = 'benchmark'
    morango_model_name = 'patient'

    uuid = models.CharField(max_length=36)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    lastname = models.CharField(max_length=100)
    gender = models.CharField(max_length=1)
    dob = models.DateField()
    phone = models.CharField(max_length=20)
    email = models.CharField(max_length=100)
    address = models.CharField(max_length=200)
    weight = models.IntegerField()
    visits = models.IntegerField()
    balance = models.DecimalField(max_digits=16, decimal_places=2)
    registered = Moment()
    last_seen = Moment()
    institution = models.CharField(max_length=36)

    # The part of the data that is synchronised
    part = None

    def calculate_source_id(self):
        return self.uuid

    def calculate_partition(self):
        return self.part
