"""Signing in by a provider of OpenID Connect: a real program (oidc-provider-mock, built on Authlib) that asks who somebody is, signs
what it says with a key of its own (RS256), and is found by discovery."""

import json
import socket
import subprocess
import sys
import time
import urllib.request

import conftest
import pytest

PEOPLE = [
    {"sub": "1001", "email": "ben@example.org", "email_verified": True, "name": "Ben at the provider"},
    {"sub": "1002", "email": "ada@example.org", "email_verified": False},
    {"sub": "1003", "email": "newcomer@example.org", "email_verified": True, "name": "New Comer"},
]


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """A provider on a free port, which knows some people."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    claims = [word for person in PEOPLE for word in ("--user-claims", json.dumps(person))]
    log = open(tmp_path_factory.mktemp("provider") / "log", "wb")
    running = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true",
                                *claims], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urllib.request.urlopen(url + "/.well-known/openid-configuration", timeout=5).read()
            break
        except OSError:
            time.sleep(0.1)
    yield url
    running.terminate()
    running.wait(timeout=20)


@pytest.fixture(scope="module")
def demo(start, provider, tmp_path_factory):
    """A server that trusts the provider, which calls it "dogwatch"."""
    secret = tmp_path_factory.mktemp("secret") / "client"
    secret.write_text("what dogwatch & the provider + nobody else know\n")
    running = start("serve", {
        "DOGWATCH_OPENID_CLIENT_SECRET_FILE": str(secret),
        "DOGWATCH_OPENID_ISSUER": provider, "DOGWATCH_OPENID_CLIENT_ID": "dogwatch", "DOGWATCH_OPENID_NAME": "the company account",
    })
    running.others = (provider + "/", "https://cdn.jsdelivr.net/")
    yield from conftest.watched(running)


def go(surfer, subject, to="/account"):
    """To the provider and back as somebody it knows. The provider's own page is not ours to judge."""
    surfer.visit(f"/sign-in?to={to}")
    with surfer.page.expect_navigation(url=lambda url: "/oauth2/authorize" in url):
        surfer.page.get_by_role("link", name="Sign in with the company account").click()
    with surfer.page.expect_navigation(url=lambda url: url.startswith(surfer.demo.url)):
        surfer.page.locator(f"button[value='{subject}']").click()
    surfer.wrong = [wrong for wrong in surfer.wrong if "cdn.jsdelivr.net" not in wrong]
    return surfer.page


def test_whoever_the_provider_knows_by_a_verified_address_is_signed_in(surf):
    ben = surf()
    page = go(ben, "1001")
    ben.check()
    assert page.url.endswith("/account") and "Ben Whitlock" in page.inner_text("main")
    # By the subject now: what was typed at the provider since does not count.
    assert go(surf(), "1001").url.endswith("/account")


@pytest.mark.parametrize("subject", ["1002", "1003"])
def test_whoever_has_no_account_here_or_no_verified_address_is_told_so(surf, subject):
    stranger = surf(phone=True)
    page = go(stranger, subject)
    stranger.check()
    assert "Nobody here has that account." in page.inner_text("[role=alert]")
    stranger.page.goto(stranger.demo.url + "/account")
    assert "/sign-in" in stranger.page.url


def test_coming_back_without_having_left_from_here_signs_nobody_in(demo):
    for cookie in ({}, {"Cookie": "dogwatch-round=00ff"}):
        status, headers, text = demo.request("/sign-in/provider/answer?code=x&state=y", headers=cookie)
        assert status == 422 and not headers.get_all("Set-Cookie") and "began in another browser" in text


def test_what_goes_to_the_provider_is_a_code_request_with_pkce_state_and_nonce(demo, provider):
    status, headers, _ = demo.request("/sign-in/provider?to=//evil.example")
    assert status == 303 and headers["Location"].startswith(provider + "/oauth2/authorize?")
    asked = dict(pair.split("=", 1) for pair in headers["Location"].split("?", 1)[1].split("&"))
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(asked["state"]) == 32 and len(asked["nonce"]) == 32 and asked["state"] != asked["nonce"]
    cookie, = headers.get_all("Set-Cookie")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600") and asked["state"] not in cookie
