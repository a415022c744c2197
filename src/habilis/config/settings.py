"""Django's settings. What an installation chooses comes from the environment; `.env.example` lists it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from habilis.config import database, env, logs

PACKAGE = Path(__file__).resolve().parent.parent
DATA = env.data_folder()

# --- this installation ------------------------------------------------------------------------------------------------

HABILIS_DEMO = env.flag("HABILIS_DEMO")  # a trial: mails are kept to be looked at, never sent
HABILIS_URL, _host, HABILIS_SECURE = env.public_address(demo=HABILIS_DEMO)

DEBUG = False  # always: its error pages show every variable
SECRET_KEY = env.secret_key(DATA)
SECRET_KEY_FALLBACKS = [key for key in env.text("HABILIS_OLD_SECRET_KEYS").split(",") if key]
_hosts = dict.fromkeys([_host, *env.LOOPBACK, *filter(None, env.text("HABILIS_HOSTS").split(","))])
ALLOWED_HOSTS = [f"[{host}]" if host.count(":") > 1 and host[0] != "[" else host for host in _hosts]
CSRF_TRUSTED_ORIGINS = [HABILIS_URL] if HABILIS_SECURE else []

# --- rooms ------------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "habilis.store",
    "habilis.faces.web",  # before the packages whose templates it replaces
    "django_include_bootstrap",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "heroicons",
    "csp",
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "habilis.faces.web.middleware.CorrelationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "habilis.faces.api.middleware.MachineMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "habilis.faces.web.middleware.LanguageMiddleware",  # asks the person, where Django's would ask the browser
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "habilis.faces.web.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "habilis.config.urls"
WSGI_APPLICATION = "habilis.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [PACKAGE / "workflows" / "templates"],  # the texts of mails
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": database.configuration(
        env.text("DATABASE_URL", f"dbname={database.NAME}"),
        role=env.text("HABILIS_DATABASE_ROLE"),
        pool={"min_size": 1, "max_size": env.number("HABILIS_POOL", 10), "timeout": 15},
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {  # one for all processes, as the limits on attempts must be
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": database.CACHE_TABLE,
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- who signs in -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "habilis.faces.web.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is proved by the invitation or the link sent to it
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger to us is not written to
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever's account changes is told, at the address that they had
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # for what an open session left on a desk must not allow
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {  # beside those of the library
    "new_address": "10/h/user",
    "sign_up": "20/h/ip",
    "sign_up_mail": "3/h/key",  # to one address
}
MFA_ADAPTER = "habilis.faces.web.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "login_webauthn": "habilis.faces.web.forms.passkeys.LoginForm",
    "authenticate_webauthn": "habilis.faces.web.forms.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "habilis.faces.web.forms.passkeys.ReauthenticateForm",
    "add_webauthn": "habilis.faces.web.forms.passkeys.AddForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts open by a link sent to their address: it is proved already
MFA_TOTP_ISSUER = "Habilis"
MFA_TOTP_TOLERANCE = 1  # a clock half a minute late
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("HABILIS_PROXIES", 0)

# --- languages and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]  # each in its own words
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["habilis.faces.web.formats"]
USE_TZ = True
TIME_ZONE = "Europe/Paris"  # on screen; the database speaks UTC

# --- files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # no step before the first start
MEDIA_ROOT = DATA / "files"  # served by views that ask for the right, never by address
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- mail -------------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = "habilis.workflows.delivery.OutboxBackend"  # writes with the change; the worker sends, but in a trial
EMAIL_HOST = env.text("HABILIS_MAIL_HOST", "localhost")
EMAIL_PORT = env.number("HABILIS_MAIL_PORT", 25)
EMAIL_HOST_USER = env.text("HABILIS_MAIL_USER")
EMAIL_HOST_PASSWORD = env.text("HABILIS_MAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("HABILIS_MAIL_STARTTLS")
EMAIL_USE_SSL = env.flag("HABILIS_MAIL_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("HABILIS_MAIL_FROM", f"Habilis <habilis@{_host}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- access requests: days before those who decide are told again, then whoever is above, then it is closed -----------

HABILIS_REQUEST_REMINDER_DAYS = env.number("HABILIS_REQUEST_REMINDER_DAYS", 3)
HABILIS_REQUEST_RAISE_DAYS = env.number("HABILIS_REQUEST_RAISE_DAYS", 7)
HABILIS_REQUEST_DAYS = env.number("HABILIS_REQUEST_DAYS", 60)

# --- hardening --------------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HABILIS_SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HABILIS_SECURE else 0
SECURE_SSL_REDIRECT = HABILIS_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws its check marks and arrows that way
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- jobs and logs ----------------------------------------------------------------------------------------------------

PROCRASTINATE_APP = "procrastinate.contrib.django.app"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_IMPORT_PATHS = [
    f"habilis.workflows.{name}" for name in ("carrying", "delivery", "digests", "ending", "preparing", "reminders")
]
LOGGING_CONFIG = None
logs.configure(env.text("HABILIS_LOG_LEVEL", "INFO"))
