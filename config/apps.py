from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class BackOfficeConfig(AdminConfig):
    default_site = "config.back_office.BackOffice"


class ServedFilesConfig(StaticFilesConfig):
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]  # large, and on no page of ours
