"""The languages that a client asks for."""

from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header


def names_a_language(accept_language: str) -> bool:
    """Whether an `Accept-Language` names one that Grove speaks: `zh-CN` and `en-GB` do; `fr`, `*` and nothing do not."""
    return any(map(_is_spoken, (language for language, _weight in parse_accept_lang_header(accept_language))))


def _is_spoken(language: str) -> bool:
    try:
        return bool(get_supported_language_variant(language))
    except LookupError:
        return False
