"""What a browser loads is small; what an app reads travels as it is."""

import gzip
import shutil
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings

from config.pages.fonts import ICONS, OURS, TEXT
from config.pages.static_files import StaticFiles

ASKING = {"Accept-Encoding": "gzip"}


@pytest.mark.django_db
def test_pages_are_compressed_and_answers_of_the_api_are_not(client: Client) -> None:
    page = client.get("/admin/login/", headers=ASKING)
    assert page.headers["Content-Encoding"] == "gzip"
    assert b"csrfmiddlewaretoken" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/api/v1/schema", headers=ASKING).headers


def test_files_are_named_after_their_content_once_they_are_collected(tmp_path: Path) -> None:
    """Before, they have their plain names."""
    assert staticfiles_storage.url("grove/pages.css") == "/static/grove/pages.css"
    with override_settings(STATIC_ROOT=str(tmp_path)):
        call_command("collectstatic", interactive=False, verbosity=0)
        url = StaticFiles().url("grove/pages.css")
    name = Path(url).name
    assert name not in {"", "pages.css"}
    stored = (tmp_path / "grove" / name).read_bytes()
    assert stored == (tmp_path / "grove" / "pages.css").read_bytes()
    large = next((tmp_path / "unfold" / "css").glob("styles.*.css"))
    assert gzip.decompress(large.with_name(f"{large.name}.gz").read_bytes()) == large.read_bytes()
    assert (tmp_path / "unfold" / "fonts" / ICONS).read_bytes() == (OURS / ICONS).read_bytes()
    shutil.rmtree(tmp_path)


def test_fonts_are_small() -> None:
    assert sum((OURS / name).stat().st_size for name in (ICONS, *TEXT)) < 100_000


def test_no_page_needs_what_is_left_out() -> None:
    """Slugs made of names, and rows that are dragged: an empty file stands in the place of the scripts of both."""
    pages = list(admin.site._registry.values())
    lines = [line for page in pages for line in page.inlines]
    assert [page for page in pages if page.prepopulated_fields or getattr(page, "ordering_field", None)] == []
    assert [line for line in lines if line.prepopulated_fields or getattr(line, "ordering_field", None)] == []
