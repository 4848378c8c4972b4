# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What nobody may decide but a person."

# What a treatment is; one wrong part of it harms
TREATMENT = (
    'medicament', 'dose', 'dose_unit', 'form', 'route', 'common_dosage',
    'frequency', 'frequency_unit', 'frequency_prn', 'start_treatment',
    'end_treatment')
# What makes a document binding
SIGNATURE = ('state', 'signed_by')
# What proves that it was not changed since
DIGEST = ('serializer', 'document_digest', 'digital_signature')


def reviewed(*names):
    "Return the policy of a model in which people decide about these fields."
    return dict.fromkeys(names, 'review')
