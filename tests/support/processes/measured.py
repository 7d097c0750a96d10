"""How much memory commands take: a process that runs them one after another in the test's database.

python -m tests.support.processes.measured '[["import_shares", "FILE", "--brand", "lumi"]]'    prints the largest MB after each
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

from django.db import connection

from config.embedded import url_of
from tests.support.paths import ROOT


def peaks_mb(*commands: list[str]) -> list[float]:
    """The largest memory of one process after each of some commands. What they read must be committed."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.processes.measured", json.dumps(commands)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"DATABASE_URL": url_of(connection.settings_dict), "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    return [float(line) for line in run.stdout.splitlines()]


def bytes_a_row(path: Path, header: str, few: list[str], many: list[str], command: list[str]) -> float:
    """By how much the peak of a process grows from a file of few rows to one of many, a row."""
    commands = []
    for name, rows in (("few", few), ("many", many)):
        file = path / name
        file.write_text(header + "".join(rows))
        commands.append([command[0], str(file), *command[1:]])
    few_mb, many_mb = peaks_mb(*commands)
    return (many_mb - few_mb) * 2**20 / (len(many) - len(few))


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    for command in json.loads(sys.argv[1]):
        call_command(*command, stdout=sys.stderr)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
