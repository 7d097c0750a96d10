#!/usr/bin/env python
"""Run a Grove command. What a command refuses is printed line by line, and the exit status is 1."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from foundation.files.faults import Refusal  # noqa: PLC0415  after the settings are named

    unreadable = [argument for argument in sys.argv if argument != argument.encode(errors="ignore").decode()]
    if unreadable:  # a terminal that speaks GBK, say
        sys.stderr.write(f"not UTF-8: {unreadable[0]!a}\n")
        sys.exit(1)
    try:
        execute_from_command_line(sys.argv)
    except Refusal as refusal:
        for line in refusal.messages():
            sys.stderr.write(line + "\n")
        sys.exit(1)
    except BrokenPipeError:  # whoever read our output, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
