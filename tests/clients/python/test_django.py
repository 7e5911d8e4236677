"""Django 5 migrates an app with every kind of relationship and works with it."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_django(server, tmp_path):
    # Migrations are written beside the app, so it is copied first.
    shutil.copytree(HERE / "django_app", tmp_path / "django_app")
    shutil.copy(HERE / "django_program.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "django_program.py"], cwd=tmp_path, env=server.environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("done\n")
