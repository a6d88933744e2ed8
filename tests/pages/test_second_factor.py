"""A second factor from the picture that is scanned to signing in with it: the codes are made here as an app makes them (RFC 6238)."""

import base64
import hashlib
import hmac
import struct
import time

import conftest


def code_of(secret, step):
    """The six digits of a step."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    tag = hmac.new(key, struct.pack(">q", step), hashlib.sha1).digest()
    at = tag[-1] & 15
    return f"{(struct.unpack('>I', tag[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


def now():
    return int(time.time()) // 30


def enter(surfer, person, second):
    account = surfer.demo.accounts[person]
    surfer.visit("/sign-in?to=/account")
    surfer.page.get_by_label("E-mail address or id").fill(account["id"])
    surfer.page.get_by_label("Password").fill(account["web_password"])
    with surfer.page.expect_navigation():
        surfer.page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    surfer.check()
    surfer.page.get_by_label("Code").fill(second)
    with surfer.page.expect_navigation():
        surfer.page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    return surfer.check()


def test_a_second_factor_is_set_up_asked_for_and_turned_off(surf):
    ella = surf("ella")
    page = ella.visit("/account/second-factor")
    ella.press("Set it up")
    ella.picture("second-factor")
    secret = page.locator("main code").inner_text()
    assert page.get_by_role("img", name="QR code").is_visible()
    page.get_by_label("The six digits").fill("12345")
    ella.press("Turn it on")
    assert "not the code of this moment" in page.inner_text("[role=alert]")
    # The step before counts, too, so that the present one is left for signing in.
    page.get_by_label("The six digits").fill(code_of(secret, now() - 1))
    ella.press("Turn it on")
    codes = page.locator("main li code").all_inner_texts()
    assert len(codes) == 10
    ella.picture("recovery-codes")
    ella.press("I have kept them", role="link")

    phone = surf(phone=True, theme="dark")
    page = enter(phone, "ella", "000000")
    phone.picture("code")
    assert "/account" not in page.url and "not valid" in page.inner_text("[role=alert]")
    step = now()
    page.get_by_label("Code").fill(code_of(secret, step))
    phone.press("Sign in")
    assert page.url.endswith("/account")
    again = surf()
    assert "not valid" in enter(again, "ella", code_of(secret, step)).inner_text("[role=alert]"), "each step counts once"
    again.page.get_by_label("Code").fill(codes[0])
    again.press("Sign in")
    assert again.page.url.endswith("/account")

    again.visit("/account/second-factor")
    assert "9 recovery codes are left." in again.page.inner_text("main")
    again.press("Turn it off")
    assert "Your second factor is off." in again.page.inner_text("[role=status]")
    plain = surf()
    conftest.sign_in(plain, "ella", to="/account")
    assert plain.page.url.endswith("/account")
