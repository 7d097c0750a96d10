"""The channels' limits, as `limits.yaml` has them."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec

from content.channels.domain.limits import ChannelLimits
from foundation.files.yaml_files import read_yaml

FILE = "limits.yaml"


@cache
def channel_limits() -> Mapping[str, ChannelLimits]:
    """What each channel takes. Raises BadFile when the file is no YAML, ValidationError when it has another shape."""
    text = resources.files("content.channels").joinpath(FILE).read_text("utf-8")
    return MappingProxyType(msgspec.convert(read_yaml(text, FILE).content, dict[str, ChannelLimits]))
