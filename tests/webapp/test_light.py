"""The web application stays light: the model libraries are the workers' alone."""

import subprocess
import sys


def test_no_torch_in_the_web_application() -> None:
    code = (
        "import sys; from webapp import app; import webapp.wsgi, importlib\n"
        "[importlib.import_module(f'webapp.{room}.routes') for room in app.ROOMS]\n"
        "print({'torch', 'transformers', 'peft', 'webapp.tasks'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_help_loads_nothing() -> None:
    code = (
        "import sys; from webapp.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print({'celery', 'flask', 'sqlalchemy', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("set()")
    assert "run " in done.stdout
