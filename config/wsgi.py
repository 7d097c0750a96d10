"""The WSGI application: the fast redirect of links, and Django behind it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOCK_SECONDS", "5")  # a reader's patience; commands and tasks have more
os.environ.setdefault("STATEMENT_SECONDS", "60")
os.environ.setdefault("SILENCE_SECONDS", "5")
django = get_wsgi_application()  # before our own imports: it makes the models ready

from django.conf import settings  # noqa: E402

from config.chunked import with_lengths  # noqa: E402
from referrals.visits.api.redirect import FastRedirect  # noqa: E402

application = FastRedirect(with_lengths(django, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
application.begin()
