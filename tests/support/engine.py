"""What the tests in Python need of the engine they run on (DOGWATCH_TEST_ENGINE, sqlite or postgres): databases, and a served one."""

import os
import pathlib
import signal
import subprocess
import threading
import urllib.parse

HERE = pathlib.Path(__file__).parent


def wanted():
    """Whether the tests are to run on PostgreSQL."""
    engine = os.environ.get("DOGWATCH_TEST_ENGINE") or "sqlite"
    assert engine in ("sqlite", "postgres"), f"DOGWATCH_TEST_ENGINE is sqlite or postgres, not {engine}"
    return engine == "postgres"


def binary():
    """The binary under test, built by ./tests/run."""
    path = os.environ.get("DOGWATCH_BINARY")
    assert path and pathlib.Path(path).exists(), "DOGWATCH_BINARY names no binary: run ./tests/run"
    return str(pathlib.Path(path).resolve())


class Cluster:
    """A PostgreSQL of the tests' own; it ends with this process, however that ends."""

    def __init__(self):
        self.keeper = subprocess.Popen(
            ["sh", str(HERE / "postgres.sh")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        said = self.keeper.stdout.readline().split()
        assert said[:1] == ["ready"], "PostgreSQL did not start"
        self.folder, self.programs = said[1:]
        self.made = 0

    def fresh(self, template="template1"):
        """The name of a new database: an empty one, or a copy of one to which nobody is connected."""
        self.made += 1
        name = f"test_{self.made}"
        command = [f"{self.programs}/psql", "-X", "-q", "-U", "postgres", "-h", self.folder, "-c"]
        subprocess.run([*command, f"CREATE DATABASE {name} TEMPLATE {template}"], check=True)
        return name

    def url(self, name):
        """How to reach a database."""
        return f"postgres://postgres@{urllib.parse.quote(self.folder, safe='')}/{name}"

    def stop(self):
        self.keeper.stdin.close()
        self.keeper.wait(timeout=60)


class Server:
    """`dogwatch` with these arguments, which serves; its log is a file."""

    def __init__(self, arguments, log, environment=None):
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as errors:
            self.process = subprocess.Popen(
                [binary(), *arguments], stdout=subprocess.PIPE, stderr=errors, text=True,
                env=dict(os.environ, **(environment or {})),
            )
        # What it says to whoever starts it, before it listens.
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if "listening on http" in line:
                self.url = line.split("listening on ", 1)[1].strip()
                break
        else:
            raise AssertionError(f"{arguments} ended: {self.log.read_text()}")
        # What it says later must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        """Ends it as a service manager would: the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)
