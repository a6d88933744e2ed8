"""A new server: the page with the code that it printed, and `dogwatch init` for programs."""

import json
import pathlib
import re
import subprocess

import conftest
import engine
import pytest


class Fresh:
    """A server that nobody administers yet."""

    def __init__(self, folder):
        self.data = pathlib.Path(folder)
        self.others = ()
        self.server = engine.Server(["serve", "--data", str(folder), "--listen", "127.0.0.1:0"], self.data / "server.log")
        self.url = self.server.url.rstrip("/")

    def code(self):
        return re.search(r"/setup\?code=([A-Z0-9-]+)", "".join(self.server.said))


@pytest.fixture()
def fresh(tmp_path):
    running = Fresh(tmp_path)
    yield running
    assert running.server.stop() == 0


def test_a_browser_begins_with_the_code_once(browser, axe, fresh):
    code = fresh.code().group(1)
    context = browser.new_context(locale="en-GB", viewport=conftest.PHONE)
    surfer = conftest.Surfer(context, fresh, axe, "phone-light")
    page = surfer.visit("/")
    assert page.get_by_role("link", name="Set this server up").is_visible()
    surfer.visit("/setup?code=" + code)
    surfer.picture("setup")
    hostile = '"><svg onload=alert(1)>'
    for label, text in (("Name", hostile), ("Id", "ada"), ("E-mail address", "ada@example.org"), ("Time zone", "Europe/London"),
                        ("Password", "a long password"), ("The same once more", "a long password"), ("Name of the team", "Payments"),
                        ("Id of the team", "payments"), ("Address of its roster", "payments@oncall.example.org")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Follow the sun: ", exact=False).check()
    page.get_by_label("Zones of the sites", exact=False).fill("Asia/Singapore, Europe/London, America/New_York")
    page.get_by_label("Code", exact=True).fill("AAAAA-AAAAA-AAAAA-AAAAA")
    surfer.press("Begin")
    assert "not the one that the server printed" in page.inner_text("[role=alert]")
    assert page.get_by_label("Name", exact=True).input_value() == hostile and page.locator("svg[onload]").count() == 0
    page.get_by_label("Name", exact=True).fill("Ada Okafor")
    page.get_by_label("Code", exact=True).fill(code.lower())
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_label("The same once more").fill("a long password")
    surfer.press("Begin")
    assert "Done." in page.inner_text("[role=status]")
    page.get_by_label("E-mail address or id").fill("ada")
    page.get_by_label("Password").fill("a long password")
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="Sign in").click()
    surfer.check()
    assert page.inner_text("h1") == "Manage Payments"
    surfer.visit("/teams/payments/manage/patterns")
    assert page.locator(".card").count() == 3 and "Asia/Singapore" in page.inner_text("main")
    surfer.visit("/setup?code=" + code, status=404)
    surfer.end()


def test_init_begins_for_programs_and_the_server_asks_for_nothing(tmp_path):
    file = tmp_path / "dogwatch.toml"
    command = [engine.binary(), "init", str(file), "--data", str(tmp_path / "data"), "--json", "--yes", "--admin-name", "Ada Okafor",
               "--admin-email", "ada@example.org", "--team", "payments", "--team-email", "payments@oncall.example.org",
               "--arrangement", "weekday-weekend", "--time-zone", "Europe/London"]
    made = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (made["administrator"], made["team"]) == ("ada", "payments") and len(made["password"]) == 23
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1 and "administrator already" in again.stderr
    (tmp_path / "data").mkdir(exist_ok=True)
    running = Fresh(tmp_path / "data")
    try:
        assert running.code() is None
        request = conftest.Demo.request.__get__(running)
        form = {"login": "ada", "password": made["password"], "to": "/admin"}
        assert request("/sign-in", form=form)[1]["Location"] == "/admin"
    finally:
        assert running.server.stop() == 0
