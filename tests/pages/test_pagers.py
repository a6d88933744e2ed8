"""Schedules at pagers that follow a team's roster, as its managers see them; the pager is a stand-in that knows nobody."""

import http.server
import json
import threading
import time

import conftest
import pytest


class Strange(http.server.BaseHTTPRequestHandler):
    """A PagerDuty without people and without overrides."""

    def do_GET(self):
        body = json.dumps({"users": [], "overrides": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pager():
    """Its address."""
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Strange)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


@pytest.fixture(scope="module")
def demo(start):
    """A server that may speak to it."""
    yield from conftest.watched(start("serve", {"DOGWATCH_OUTBOUND_PRIVATE_NETWORKS": "127.0.0.0/8"}))


def strangers(demo):
    """Who stands a shift and is not known there, once the pager was compared."""
    for _ in range(300):
        _, pagers = demo.api("/teams/payments/pagers")
        if pagers[0]["last_success"]:
            return pagers[0]["unmatched"]
        time.sleep(0.1)
    raise AssertionError(f"it was not compared: {pagers}")


def test_whom_a_pager_does_not_know_is_shown_with_what_to_do_about_it(surf, demo, pager):
    ada = surf("manager")
    assert "No schedule follows this team yet" in ada.visit("/teams/payments/manage/pagers").inner_text("main")
    new = {"kind": "pagerduty", "role": "primary", "schedule": "PI7DH85", "key": "a-key", "url": pager}
    status, said = demo.api("/teams/payments/pagers", "POST", new)
    assert status == 201, said
    unknown = strangers(demo)
    assert len(unknown) >= 2, unknown
    for phone, theme in ((False, "light"), (True, "dark")):
        surfer = surf("manager", phone=phone, theme=theme)
        page = surfer.visit("/teams/payments/manage")
        assert f"Pagers do not know {len(unknown)} people of the roster" in page.inner_text(".notice")
        page = surfer.visit("/teams/payments/manage/pagers")
        shown = page.inner_text("main")
        assert "PagerDuty PI7DH85: primary" in shown and "Give each the same address at both" in shown
        assert all(demo.accounts[person]["email"] in shown for person in unknown), shown
        surfer.picture("manage-pagers")
    page.get_by_role("button", name="Compare PI7DH85 now").click()
    assert page.get_by_role("status").inner_text().startswith("It is compared.")
