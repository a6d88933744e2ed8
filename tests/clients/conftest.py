"""A Dogwatch with its demo organisation on a free port, for tests that drive it with real calendar programs."""

import base64
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

import caldav
import pytest


class Demo:
    """The running demo and the accounts that demo.json names."""

    def __init__(self, binary, data):
        self.data = pathlib.Path(data)
        self.log = open(self.data / "server.log", "wb")
        self.process = subprocess.Popen(
            [binary, "demo", "--data", str(self.data), "--listen", "127.0.0.1:0"], stdout=self.log, stderr=self.log
        )
        described = self.data / "demo.json"
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError("the demo ended: " + (self.data / "server.log").read_text())
            if described.exists() and self._ready(described):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the demo was not ready in 30 s: " + (self.data / "server.log").read_text())
        self.accounts = {person["id"]: person for person in self.described["people"]}
        self.teams = {team["id"]: team for team in self.described["teams"]}

    def _ready(self, described):
        try:
            self.described = json.loads(described.read_text())
            self.url = self.described["base_url"]
            urllib.request.urlopen(self.url.rstrip("/") + "/readyz", timeout=2).close()
            return True
        except (ValueError, OSError):
            return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.log.close()
        return code

    def login(self, person):
        """User name and password for a calendar app."""
        account = self.accounts[person]
        return account["email"], account["app_password"]

    def client(self, person):
        """python-caldav, told nothing but the bare address."""
        name, password = self.login(person)
        return caldav.DAVClient(url=self.url, username=name, password=password)

    def calendar(self, person, name):
        """The calendar whose path ends in `name`."""
        for calendar in self.client(person).principal().get_calendars():
            if str(calendar.url).rstrip("/").endswith("/" + name):
                return calendar
        raise AssertionError(f"{person} has no calendar {name}")

    def api(self, path, method="GET", body=None):
        """A call of the JSON API with the demo's administrator token: (status, answer)."""
        return self.request(
            path, method, None if body is None else json.dumps(body).encode(),
            {"Authorization": "Bearer " + self.described["admin_token"], "Content-Type": "application/json"},
        )

    def request(self, path, method="GET", body=None, headers=None):
        """A plain request: (status, parsed JSON or text)."""
        request = urllib.request.Request(self.url.rstrip("/") + path, method=method, data=body, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def basic(self, person):
        name, password = self.login(person)
        return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(scope="session")
def binary():
    """The binary under test, built by ./tests/run."""
    path = os.environ.get("DOGWATCH_BINARY")
    assert path and pathlib.Path(path).exists(), "DOGWATCH_BINARY names no binary: run ./tests/run"
    return str(pathlib.Path(path).resolve())


@pytest.fixture()
def demo(binary, tmp_path):
    """A demo of its own for each test, stopped by SIGTERM at the end."""
    running = Demo(binary, tmp_path)
    try:
        yield running
    finally:
        code = running.stop()
    assert code == 0, "SIGTERM did not end in a clean stop: " + (tmp_path / "server.log").read_text()
