"""A Dogwatch with its demo organisation, and browsers that look at its pages: on a desktop and on a telephone, by theme, signed in
as whoever is wanted. Whatever a browser does is watched: a request to anywhere else, a report about the policy, an error in the
console, or something axe-core finds on a page that is visited, fails the test."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import engine  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
# Pictures end there, however long the page is; and those that were taken in this run.
TALLEST = 1600
PICTURES = set()
# Somebody of the demo for each role; the administrator is in no team.
ROLES = {"member": "ben", "manager": "ada", "other": "priya", "administrator": "root"}
ADMINISTRATOR = {"id": "root", "email": "root@example.org", "web_password": "an administrator's password"}


class Demo:
    """A served demo organisation and the accounts that demo.json names."""

    def __init__(self, data, command="demo", environment=None):
        self.data = pathlib.Path(data)
        # Other servers of the tests' own to which a browser may be sent.
        self.others = ()
        self.server = engine.Server([command, "--data", str(data), "--listen", "127.0.0.1:0"], self.data / "server.log",
                                    environment)
        self.url = self.server.url.rstrip("/")
        self.described = json.loads((self.data / "demo.json").read_text())
        self.accounts = {person["id"]: person for person in [*self.described["people"], ADMINISTRATOR]}

    def log(self):
        return (self.data / "server.log").read_text()

    def command(self, *arguments, given=None):
        """`dogwatch ARGUMENTS` beside the server: its output."""
        done = subprocess.run([engine.binary(), *arguments, "--data", str(self.data)], input=given, text=True,
                              capture_output=True, check=True)
        return done.stdout

    def request(self, path, method="GET", form=None, headers=None):
        """A plain request that follows nothing: (status, headers, text). A form comes from our own page unless `headers` say else."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        headers = {"Origin": self.url, **(headers or {})} if form is not None else headers or {}
        request = urllib.request.Request(self.url + path, method=method if body is None else "POST", data=body, headers=headers)
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def api(self, path, method="GET", body=None):
        """A call of the JSON API with the demo's administrator token: (status, answer)."""
        headers = {"Authorization": "Bearer " + self.described["admin_token"], "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/api/v1" + path, method=method, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Surfer:
    """A browser of somebody's own: a Playwright page, and what it must not do."""

    def __init__(self, context, demo, axe, label, script=True):
        self.demo, self.axe, self.label, self.script = demo, axe, label, script
        self.theme = label.rsplit("-", 1)[-1]
        self.context = context
        self.page = context.new_page()
        self.wrong = []
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))

    def _asked(self, request):
        if not request.url.startswith((self.demo.url + "/", "data:", *self.demo.others)):
            self.wrong.append(f"asked elsewhere: {request.url}")

    def _answered(self, response):
        if response.status >= 400 and response.request.resource_type != "document":
            self.wrong.append(f"{response.status}: {response.url}")

    def _said(self, message):
        # What a page itself was answered is the test's business.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(f"console: {message.text}")

    def visit(self, path, status=200):
        """Opens a page, which must answer so and be fit for everybody."""
        answer = self.page.goto(self.demo.url + path)
        assert answer.status == status, f"{path}: {answer.status}"
        return self.check()

    def press(self, name, role="button"):
        """Presses what is named so, and looks at the page that follows."""
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, exact=True).click()
        return self.check()

    def check(self):
        """Looks the present page over: axe-core, one heading of the first level, nothing wider than the window. Where no script
        runs, axe-core doesn't either."""
        page = self.page
        if not self.script:
            return page
        page.evaluate(self.axe)
        found = page.evaluate("""async () => {
            const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
            const {violations} = await axe.run(document, {runOnly: {type: "tag", values: tags}});
            return violations.map(v => v.id + ": " + v.nodes.map(n => n.target + " " + n.failureSummary).join("; "));
        }""")
        assert not found, f"{page.url} ({self.label}): " + "\n".join(found)
        assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} headings of the first level"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} ({self.label}) is {wide} pixels wider than the window"
        return page

    def picture(self, name):
        """Keeps how the page looks in docs/pages, where that is wanted (DOGWATCH_SCREENSHOTS=1): in both themes, on a desktop and on a
        telephone; the first of a name counts."""
        if not os.environ.get("DOGWATCH_SCREENSHOTS") or name in PICTURES:
            return
        PICTURES.add(name)
        page, before = self.page, self.page.viewport_size
        folder = ROOT / "docs/pages"
        folder.mkdir(parents=True, exist_ok=True)
        session = self.context.new_cdp_session(page)
        for wide, size in (("desktop", DESKTOP), ("phone", PHONE)):
            page.set_viewport_size(size)
            for theme in ("light", "dark"):
                # without the fading of colours, in which a picture would be taken half way
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                height = page.evaluate("document.documentElement.scrollHeight")
                clip = {"x": 0, "y": 0, "width": size["width"], "height": min(height, TALLEST), "scale": 1}
                shot = session.send("Page.captureScreenshot", {
                    "format": "webp", "quality": 40, "captureBeyondViewport": True, "clip": clip,
                })
                (folder / f"{name}-{wide}-{theme}.webp").write_bytes(base64.b64decode(shot["data"]))
        session.detach()
        page.set_viewport_size(before)
        page.emulate_media(color_scheme=self.theme, reduced_motion="no-preference")

    def end(self):
        self.context.close()
        assert not self.wrong, "\n".join(self.wrong)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, which finds no other host."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe():
    """axe-core, to be run in pages."""
    import axe_playwright_python
    return (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def organisation(tmp_path_factory):
    """A demo that was started once and stopped, to be copied; an administrator is added."""
    made = tmp_path_factory.mktemp("organisation")
    demo = Demo(made)
    demo.command("user", "add", "root", "--name", "Robin Root", "--email", ADMINISTRATOR["email"], "--time-zone", "Europe/London",
                 "--admin")
    demo.command("user", "password", "root", "--stdin", given=ADMINISTRATOR["web_password"] + "\n")
    assert demo.server.stop() == 0
    return made


@pytest.fixture(scope="module")
def start(organisation, tmp_path_factory):
    """Starts a server over a copy of the organisation: `demo`, or `serve` with an environment."""
    def start(*arguments):
        data = tmp_path_factory.mktemp("demo")
        for name in ("demo.json", "dogwatch.db"):
            shutil.copy(organisation / name, data)
        return Demo(data, *arguments)

    return start


@pytest.fixture(scope="module")
def demo(start):
    """A demo of its own for each module."""
    running = start()
    yield from watched(running)


def watched(running):
    """Hands a server out, and looks its log over at the end."""
    running.kept = {}
    yield running
    code = running.server.stop()
    log = running.log()
    assert code == 0, log
    assert "a page broke the policy" not in log, "\n".join(line for line in log.splitlines() if "policy" in line)
    assert " ERROR " not in log, "\n".join(line for line in log.splitlines() if " ERROR " in line)


@pytest.fixture()
def surf(browser, demo, axe):
    """Makes browsers: `surf()` for a stranger, `surf("manager")` or `surf("ben")` for somebody signed in; `phone=True` for a
    telephone, `theme="dark"`, `script=False`, and whatever else a Playwright context takes."""
    open_ones = []

    def make(who=None, phone=False, theme="light", script=True, **others):
        person = ROLES.get(who, who)
        settings = {
            "viewport": PHONE if phone else DESKTOP, "has_touch": phone, "color_scheme": theme, "java_script_enabled": script,
            "locale": "en-GB", **others,
        }
        context = browser.new_context(storage_state=demo.kept.get(person), **settings)
        surfer = Surfer(context, demo, axe, f"{'phone' if phone else 'desktop'}-{theme}", script)
        open_ones.append(surfer)
        if person and person not in demo.kept:
            sign_in(surfer, person)
            demo.kept[person] = context.storage_state()
        return surfer

    yield make
    for surfer in open_ones:
        surfer.end()


def sign_in(surfer, person, to="/"):
    """Signs somebody in by the form."""
    account = surfer.demo.accounts[person]
    surfer.page.goto(f"{surfer.demo.url}/sign-in?to={urllib.parse.quote(to, safe='')}")
    surfer.page.get_by_label("E-mail address or id").fill(account["email"])
    surfer.page.get_by_label("Password").fill(account["web_password"])
    with surfer.page.expect_navigation():
        surfer.page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    assert "/sign-in" not in surfer.page.url, surfer.page.inner_text("main")
