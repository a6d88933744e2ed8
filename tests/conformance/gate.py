"""Other people's suites against the real binary, with three people each: python-caldav's own functional tests, and
caldav-server-tester. Whatever fails, is skipped or is reported less than full must stand in explained.toml with its reason,
and what stands there must still be so.

    gate.py FOLDER      the unpacked source distribution of python-caldav, which has its tests
"""

import ast
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import engine  # noqa: E402

# Without these, python-caldav's tests about them skip.
DECLARED = [
    "scheduling", "scheduling.auto-schedule", "scheduling.calendar-user-address-set",
    "scheduling.calendar-user-address-set.populated", "scheduling.freebusy-query", "scheduling.mailbox",
    "scheduling.mailbox.inbox-delivery", "scheduling.schedule-tag", "scheduling.schedule-tag.stable-partstat",
]
# server-tester leaves discovery out on 127.0.0.1.
ADDRESS = "127.0.0.2:0"


class Account:
    """Somebody with an app password."""

    def __init__(self, name, data, environment):
        def told(*arguments):
            command = [engine.binary(), "--json", "--data", str(data), "user", *arguments]
            done = subprocess.run(command, env=dict(os.environ, **environment), check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
            return json.loads(done.stdout)

        self.login = f"{name}@example.org"
        told("add", name, "--name", name.title(), "--email", self.login, "--time-zone", "Europe/London")
        self.password = told("app-password", "add", name, "--label", "a suite")["password"]


def python_caldav(folder, url, people, sources):
    """How each of python-caldav's functional tests ended: name to (passed, failed or skipped, why)."""
    shutil.copytree(sources / "tests", folder / "tests")
    account = lambda one: {"url": url, "username": one.login, "password": one.password}  # noqa: E731
    target = dict(account(people[0]), type="external", enabled=True, scheduling_users=[account(one) for one in people])
    target["features"] = {feature: {"support": "full"} for feature in DECLARED}
    others = {name: {"type": "embedded", "enabled": False} for name in ("radicale", "xandikos")}
    (folder / "tests/caldav_test_servers.json").write_text(json.dumps({"test-servers": dict(others, dogwatch=target)}))
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\ntimeout = 120\n")
    report = folder / "report.xml"
    files = ["tests/test_caldav.py", "tests/test_async_integration.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}", *files]
    said = run(command, folder, PYTHON_CALDAV_TEST_EMBEDDED="0", PYTHON_CALDAV_TEST_DOCKER="0", PYTHON_CALDAV_TEST_EXTERNAL="1")
    assert report.exists(), said
    ended = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = case.get("classname").rsplit(".", 1)[-1] + "." + case.get("name")
        outcome, why = "passed", ""
        for child in case:
            if child.tag in ("failure", "error", "skipped"):
                outcome, why = "skipped" if child.tag == "skipped" else "failed", child.get("message") or child.text or ""
        ended[name] = (outcome, why)
    return ended


def server_tester(folder, url, people):
    """What caldav-server-tester says of each feature: name to (level, in its words)."""
    config = folder / "calendar.conf"
    sections = {f"user{n}": {"caldav_url": url, "caldav_username": one.login, "caldav_password": one.password}
                for n, one in enumerate(people)}
    config.write_text(json.dumps(sections))
    chosen = [word for section in sections for word in ("--config-section", section)]
    # Its JSON folds features into their parents; these are the hints that python-caldav takes.
    said = run(["caldav-server-tester", *chosen, "--verbose", "--format", "hints"], folder, CALDAV_CONFIG_FILE=str(config))
    assert "{" in said and "}" in said, said
    features = ast.literal_eval(said[said.index("{"):said.rindex("}") + 1])
    # One feature tells no level but whether it is there.
    level = lambda told: told.get("support") or ("full" if told.get("value") is True else "unknown")  # noqa: E731
    return {name: (level(told), told.get("behaviour") or told.get("description") or "") for name, told in features.items()}


def run(command, folder, **variables):
    """Runs a suite with a home of its own and nothing of ours: what it said."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    environment = dict(kept, HOME=str(folder), **variables)
    with open(folder / "errors", "wb") as errors:
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, timeout=900)
    return done.stdout.decode() or (folder / "errors").read_text()


def faults(found, good, explained, least):
    """What is wrong with the results of a suite: sentences. `explained` is name to [outcome, why]."""
    wrong = []
    for name, (outcome, why) in sorted(found.items()):
        expected = explained.get(name, [good])[0]
        if outcome != expected:
            wrong.append(f"{name} is {outcome}, not {expected}: {why.strip()[:600]}")
    wrong += [f"{name} is explained, but was not tried" for name in explained if name not in found]
    count = sum(outcome == good for outcome, _ in found.values())
    if count < least:
        wrong.append(f"only {count} are {good}; at least {least} were expected")
    return wrong


def tally(found):
    levels = [outcome for outcome, _ in found.values()]
    return ", ".join(f"{levels.count(level)} {level}" for level in sorted(set(levels), key=levels.count, reverse=True))


def main():
    sources = pathlib.Path(sys.argv[1]).resolve()
    explained = tomllib.loads((HERE / "explained.toml").read_text())
    on = "PostgreSQL" if engine.wanted() else "SQLite"
    cluster = engine.Cluster() if engine.wanted() else None
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = {"DOGWATCH_LIMITS_REQUESTS_PER_MINUTE": "0"}
        if cluster:
            environment["DOGWATCH_DATABASE"] = cluster.url(cluster.fresh())
        data = folder / "data"
        data.mkdir()
        people = [Account(f"user{n}", data, environment) for n in range(1, 7)]
        server = engine.Server(["serve", "--data", str(data), "--listen", ADDRESS], folder / "server.log", environment)
        try:
            for suite in explained:
                place = folder / suite
                place.mkdir()
                if suite == "python-caldav":
                    found, good = python_caldav(place, server.url, people[:3], sources), "passed"
                else:
                    found, good = server_tester(place, server.url, people[3:]), "full"
                print(f"{suite} on {on}: {tally(found)}", flush=True)
                wrong += [f"{suite} on {on}: {fault}" for fault in
                          faults(found, good, explained[suite]["explained"], explained[suite]["least"])]
        finally:
            code = server.stop()
            log = server.log.read_text()
            if cluster:
                cluster.stop()
    if code != 0 or "panicked" in log or "status=5" in log:
        wrong.append(f"the server ended with {code}: {log[-2000:]}")
    for fault in wrong:
        print(fault)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
