"""Signing in, out and again: by form, with and without script, and what a cookie is worth afterwards."""

import re

import conftest


def cookie_of(headers):
    """The session's cookie as it is set: name, value, flags."""
    for line in headers.get_all("Set-Cookie") or []:
        found = re.match(r"((?:__Host-)?dogwatch(?:-session)?)=([^;]*)(.*)", line)
        if found and "theme" not in found.group(1):
            return found.groups()
    return None


def enter(demo, person="ben", **others):
    account = demo.accounts[person]
    form = {"login": account["id"], "password": account["web_password"], "to": "/account"}
    return demo.request("/sign-in", form=form, **others)


def test_pages_for_strangers_are_fit_for_everybody(surf):
    for phone, theme in ((False, "light"), (True, "dark")):
        stranger = surf(phone=phone, theme=theme)
        for path, name in (("/", "home"), ("/teams/payments", "team"), ("/sign-in", "sign-in")):
            stranger.visit(path)
            stranger.picture(name)
        stranger.visit("/teams/nobody", status=404)


def test_somebody_signs_in_comes_back_to_where_they_were_and_signs_out(surf):
    ben = surf(phone=True, script=False)
    ben.page.goto(ben.demo.url + "/account")
    assert "/sign-in?to=%2Faccount" in ben.page.url
    conftest.sign_in(ben, "ben", to="/account")
    assert ben.page.url.endswith("/account") and ben.page.inner_text("h1") == "Account"
    ben.page.get_by_role("button", name="Sign out", exact=True).click()
    assert "You are signed out." in ben.page.inner_text("[role=status]")
    ben.page.goto(ben.demo.url + "/account")
    assert "/sign-in" in ben.page.url


def test_a_wrong_password_says_so_and_keeps_the_user_name(surf):
    stranger = surf()
    stranger.visit("/sign-in")
    stranger.page.get_by_label("E-mail address or id").fill("ben")
    stranger.page.get_by_label("Password").fill("not the password")
    stranger.page.keyboard.press("Enter")
    stranger.page.wait_for_selector("[role=alert]")
    stranger.check()
    assert "don't match" in stranger.page.inner_text("[role=alert]")
    assert stranger.page.get_by_label("E-mail address or id").input_value() == "ben"


def test_where_somebody_is_signed_in_is_listed_and_ended(surf, demo):
    status, headers, _ = enter(demo, headers={"User-Agent": "Lost phone"})
    assert status == 303
    lost = cookie_of(headers)
    ben = surf("member")
    ben.visit("/account")
    ben.picture("account")
    ben.press("Sign out there: Lost phone")
    assert "That session has ended." in ben.page.inner_text("[role=status]")
    status, headers, _ = demo.request("/account", headers={"Cookie": f"{lost[0]}={lost[1]}"})
    assert status == 303 and "/sign-in" in headers["Location"]
    phone = surf("member", phone=True, theme="dark")
    phone.visit("/account")
    phone.picture("account")


def test_a_new_password_ends_every_other_session_and_wants_the_old_one_first_after_a_while(surf, demo):
    _, headers, _ = enter(demo, "finn")
    other = cookie_of(headers)
    finn = surf("finn")
    finn.visit("/account/password")
    finn.picture("account-password")
    finn.page.get_by_label("New password").fill("four unrelated words")
    finn.page.get_by_label("The same once more").fill("four unrelated words")
    finn.press("Change the password")
    assert "Your new password is set." in finn.page.inner_text("[role=status]")
    status, _, _ = demo.request("/account", headers={"Cookie": f"{other[0]}={other[1]}"})
    assert status == 303
    finn.visit("/confirm?to=/account")
    finn.page.get_by_label("Password").fill("four unrelated words")
    finn.press("Go on")
    assert finn.page.url.endswith("/account")


def test_the_theme_is_remembered_without_script(surf):
    stranger = surf(script=False)
    stranger.page.goto(stranger.demo.url + "/teams/payments")
    stranger.page.get_by_label("Theme").select_option("dark")
    stranger.page.get_by_role("button", name="Use", exact=True).click()
    assert stranger.page.url.endswith("/teams/payments")
    assert stranger.page.locator("html").get_attribute("data-theme") == "dark"
    stranger.page.goto(stranger.demo.url + "/")
    assert stranger.page.locator("html").get_attribute("data-theme") == "dark"


def test_the_skip_link_is_first_and_leads_to_the_content(surf):
    stranger = surf()
    stranger.visit("/")
    stranger.page.keyboard.press("Tab")
    assert stranger.page.evaluate("document.activeElement.className") == "skip"
    stranger.page.keyboard.press("Enter")
    assert stranger.page.evaluate("document.activeElement.id") == "main"


def test_a_form_from_another_site_does_nothing(demo):
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": demo.url, "Sec-Fetch-Site": "cross-site"}):
        status, answer, _ = enter(demo, headers=headers)
        assert status == 403 and not answer.get_all("Set-Cookie"), headers
    _, headers, _ = enter(demo)
    name, secret, _ = cookie_of(headers)
    mine = {"Cookie": f"{name}={secret}"}
    assert demo.request("/sign-out", form={}, headers=mine)[0] == 403, "without the token"
    assert demo.request("/sign-out", form={"csrf": "0" * 64}, headers=mine)[0] == 403
    _, _, text = demo.request("/account", headers=mine)
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', text).group(1)
    assert demo.request("/sign-out", form={"csrf": token}, headers={**mine, "Origin": "https://evil.example"})[0] == 403
    assert demo.request("/account", headers=mine)[0] == 200, "still signed in"
    assert demo.request("/sign-out", form={"csrf": token}, headers=mine)[0] == 303
    assert demo.request("/account", headers=mine)[0] == 303


def test_an_old_cookie_is_worth_nothing_after_signing_in_again(demo):
    _, headers, _ = enter(demo)
    name, first, flags = cookie_of(headers)
    # On plain HTTP, as here; tests/blackbox has the cookie of HTTPS.
    assert name == "dogwatch-session" and flags == "; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"
    _, headers, _ = enter(demo, headers={"Cookie": f"{name}={first}"})
    _, second, _ = cookie_of(headers)
    assert first != second
    status, headers, _ = demo.request("/account", headers={"Cookie": f"{name}={first}"})
    assert status == 303 and headers["Location"] == "/sign-in?to=%2Faccount"
    assert demo.request("/account", headers={"Cookie": f"{name}={second}"})[0] == 200


def test_signing_in_leads_to_no_other_site(demo):
    account = demo.accounts["ben"]
    for elsewhere in ("//evil.example", "https://evil.example/", "/\\evil.example", "/a\nb"):
        form = {"login": account["id"], "password": account["web_password"], "to": elsewhere}
        assert demo.request("/sign-in", form=form)[1]["Location"] == "/", elsewhere


def test_after_too_many_wrong_passwords_even_the_right_one_waits_and_others_do_not(demo):
    account = demo.accounts["chloe"]
    wrong = {"login": "chloe", "password": "wrong password"}
    statuses = [demo.request("/sign-in", form=wrong)[0] for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    status, headers, _ = demo.request("/sign-in", form={**wrong, "password": account["web_password"]})
    assert status == 429 and int(headers["Retry-After"]) > 0
    assert enter(demo, "dev")[0] == 303
