"""The team page: who has it now and next, a day on every clock, a month to print; open to strangers where the team lets them."""

import datetime


def test_everybody_sees_who_has_it_when_on_every_clock(surf, demo):
    for phone, theme in ((False, "light"), (True, "dark")):
        stranger = surf(phone=phone, theme=theme, timezone_id="Asia/Tokyo")
        page = stranger.visit("/teams/platform")
        stranger.picture("team")
        assert "Times are in Etc/UTC" in page.inner_text("footer"), "a stranger sees the team's own zone"
        clocks = " ".join(page.locator(".plot-label").all_inner_texts())
        assert "Singapore (Asia/Singapore)" in clocks and "New York (America/New_York)" in clocks, clocks
        now = demo.api("/teams/platform/on-call")[1]["on_call"]
        bars = page.locator(".day-plot").text_content()
        assert now and all(one["person"]["name"] in bars for one in now)
        assert "+65" not in page.content(), "telephone numbers are not for strangers"


def test_days_and_months_are_turned_and_nonsense_is_today(surf, demo):
    ben = surf("member")
    page = ben.visit("/teams/payments")
    month = page.inner_text("#month")
    page.get_by_role("link", name="Month before").click()
    assert page.inner_text("#month") != month
    page.get_by_role("link", name="Month after").click()
    assert page.inner_text("#month") == month
    assert page.locator("tr.today").count() == 1
    page.get_by_role("link", name="Day after").click()
    assert page.locator("tr.today").count() in (0, 1)
    ben.visit("/teams/payments?day=2026-02-31&month=zzz")
    assert page.inner_text("#month") == month
    ben.visit("/teams/payments?month=1950-01")
    assert "Nothing is published in this month" in page.inner_text("main")


def test_the_month_says_what_the_calendar_says(surf, demo):
    today = datetime.datetime.now(datetime.timezone.utc)
    at = (today + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    holder = demo.api(f"/teams/payments/on-call?at={at}")[1]["on_call"][0]["person"]["name"]
    page = surf("member").visit("/teams/payments")
    assert holder in page.inner_text(".month-table")
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible() and page.locator(".month-table").is_visible()


def test_a_team_that_shuts_its_page_asks_strangers_to_sign_in(surf, demo):
    assert demo.api("/teams/payments", "PATCH", {"settings": {"public_page": False}})[0] == 200
    try:
        status, headers, _ = demo.request("/teams/payments")
        assert (status, headers["Location"]) == (303, "/sign-in?to=%2Fteams%2Fpayments")
        slot = demo.api("/teams/payments/on-call")[1]["on_call"][0]["slot"]
        assert demo.request(f"/shifts/{slot}")[0] == 303
        assert "Payments" not in demo.request("/")[2] and "Platform" in demo.request("/")[2]
        surf("other").visit("/teams/payments")
    finally:
        demo.api("/teams/payments", "PATCH", {"settings": {"public_page": True}})
    assert demo.request("/teams/payments")[0] == 200
