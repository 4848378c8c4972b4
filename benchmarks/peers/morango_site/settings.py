# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The settings of Django; the database comes as JSON in the environment."
import json
import os

SECRET_KEY = 'benchmark'
DATABASES = {'default': json.loads(os.environ['MORANGO_DATABASE'])}
INSTALLED_APPS = [
    'django.contrib.contenttypes',
    'django.contrib.auth',
    'django.contrib.sessions',
    'rest_framework',
    'mptt',
    'morango',
    'morango_site',
    ]
ROOT_URLCONF = 'morango.urls'
WSGI_APPLICATION = 'django.core.wsgi.get_wsgi_application'
ALLOWED_HOSTS = ['127.0.0.1']
TIME_ZONE = 'UTC'
USE_TZ = False
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
