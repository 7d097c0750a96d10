"""The WSGI application: the fast redirect of links, posters from their files, and Django behind them."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOCK_SECONDS", "5")  # a reader's patience; commands and tasks have more
os.environ.setdefault("STATEMENT_SECONDS", "60")
os.environ.setdefault("SILENCE_SECONDS", "5")
django = get_wsgi_application()  # before our own imports: it makes the models ready

from config.bodies import most_bytes, with_lengths  # noqa: E402
from referrals.visits.api.posters import FastPosters  # noqa: E402
from referrals.visits.api.redirect import FastRedirect  # noqa: E402

application = FastRedirect(FastPosters(with_lengths(django, most=most_bytes)))
application.begin()
