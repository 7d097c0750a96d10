"""The first session of the README is run as it is written."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, Servers


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session is told with curl")
def test_the_first_session_does_what_the_readme_says(servers: Servers, tmp_path: Path) -> None:
    session = re.search(r"## A first session.*?```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert session is not None
    script = session[1].replace(".venv/bin/python", sys.executable)
    env = servers.env | {"PUBLIC_URL": servers.url}
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=900
    )
    print(run.stdout)  # pytest shows it when a line below fails
    said = run.stdout + run.stderr + servers.log()
    assert run.returncode == 0, said
    assert '"duplicate":true' in run.stdout, said
    assert '"amount_minor":1361' in run.stdout, said
    assert '"pending_minor":908' in run.stdout, said
