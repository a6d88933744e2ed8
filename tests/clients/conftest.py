"""A Dogwatch with its demo organisation on a free port, for tests that drive it with real calendar programs."""

import base64
import json
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import caldav
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import engine  # noqa: E402


class Demo:
    """A served demo organisation and the accounts that demo.json names."""

    def __init__(self, arguments, data, environment):
        self.data = pathlib.Path(data)
        self.environment = environment
        self.server = engine.Server([*arguments, "--data", str(self.data), "--listen", "127.0.0.1:0"],
                                    self.data / "server.log", environment)
        self.url = self.server.url
        described = self.data / "demo.json"
        self.described = dict(json.loads(described.read_text()), base_url=self.url)
        described.write_text(json.dumps(self.described))
        self.accounts = {person["id"]: person for person in self.described["people"]}
        self.teams = {team["id"]: team for team in self.described["teams"]}

    def stop(self):
        return self.server.stop()

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
    return engine.binary()


@pytest.fixture(scope="session")
def cluster():
    """The PostgreSQL that the tests run on, or nothing."""
    running = engine.Cluster() if engine.wanted() else None
    yield running
    if running:
        running.stop()


@pytest.fixture(scope="session")
def organisation(binary, cluster, tmp_path_factory):
    """A demo that was started once and stopped, to be copied: its folder, and on PostgreSQL the database that it was copied to."""
    made = tmp_path_factory.mktemp("organisation")
    assert Demo(["demo"], made, {}).stop() == 0
    if not cluster:
        return made, None
    name = cluster.fresh()
    subprocess.run([binary, "copy", "--from", str(made / "dogwatch.db"), "--to", cluster.url(name)], check=True)
    return made, name


@pytest.fixture()
def database(cluster):
    """What tells a process to work on an empty database of the engine: environment variables."""
    return {"DOGWATCH_DATABASE": cluster.url(cluster.fresh())} if cluster else {}


@pytest.fixture()
def demo(cluster, organisation, tmp_path):
    """A demo of its own for each test, stopped by SIGTERM at the end."""
    made, template = organisation
    shutil.copy(made / "demo.json", tmp_path)
    if cluster:
        environment = {"DOGWATCH_DATABASE": cluster.url(cluster.fresh(template)), "DOGWATCH_LIMITS_REQUESTS_PER_MINUTE": "0"}
        running = Demo(["serve"], tmp_path, environment)
    else:
        shutil.copy(made / "dogwatch.db", tmp_path)
        running = Demo(["demo"], tmp_path, {})
    try:
        yield running
    finally:
        code = running.stop()
    assert code == 0, "SIGTERM did not end in a clean stop: " + (tmp_path / "server.log").read_text()
