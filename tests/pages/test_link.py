"""The pages behind the links of events: nobody signs in, a scanner changes nothing, and a part or an exchange is chosen there."""

import re

import test_mine

HOSTILE = "<svg onload=alert(1)>\"'&"


def link_of(demo, person, kind="cover"):
    """The path of the first signed link of that kind in their `shifts`, of a shift that has yet to begin."""
    events = [event for event in test_mine.calendar(demo, person) if f"/links/{kind}/" in event]
    events.sort(key=lambda event: re.search(r"DTSTART[^:]*:(\S+)", event).group(1))
    text = events[-1].replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";")
    return re.search(rf"/links/{kind}/\S+", text).group(0)


def test_an_exchange_is_chosen_behind_a_link_and_agreed_behind_another(surf, demo):
    path = link_of(demo, "finn")
    for _ in range(3):
        assert demo.request(path)[0] == 200 and demo.request(path, method="HEAD")[0] == 200
    stranger = surf(phone=True)
    stranger.visit(path)
    stranger.picture("link-cover")
    stranger.press("Exchange with one", role="link")
    button = stranger.page.get_by_role("button", name=re.compile("^Propose it")).first
    name = button.inner_text().removeprefix("Propose it").strip()
    stranger.page.get_by_label("Reason").nth(1).fill(HOSTILE)
    with stranger.page.expect_navigation():
        button.click()
    stranger.check()
    assert "Cover is asked for, or a swap proposed." in stranger.page.inner_text("main")
    other = next(person for person, account in demo.accounts.items() if account.get("name") == name)
    colleague = surf(theme="dark")
    colleague.visit(link_of(demo, other, "offer"))
    assert "You give:" in colleague.page.inner_text("main") and HOSTILE in colleague.page.inner_text("main")
    colleague.picture("link-offer")
    colleague.page.get_by_label("Comment").fill("gladly " + HOSTILE)
    colleague.press("Agree: I take this shift")
    assert "You agreed: the shift is yours." in colleague.page.inner_text("main")


def test_a_part_is_proposed_without_script_and_its_refusal_comes_with_a_word(surf, demo):
    path = link_of(demo, "ella")
    stranger = surf(script=False)
    stranger.visit(path)
    stranger.press("Only a part", role="link")
    start = stranger.page.get_by_label("From").input_value()
    stranger.page.get_by_label("Until").fill(start[:11] + "15:00")
    stranger.press("Search")
    button = stranger.page.get_by_role("button", name=re.compile("^Propose it")).first
    name = button.inner_text().removeprefix("Propose it").strip()
    button.click()
    other = next(person for person, account in demo.accounts.items() if account.get("name") == name)
    colleague = surf(script=False)
    colleague.visit(link_of(demo, other, "offer"))
    colleague.page.get_by_label("Comment").fill("on a train " + HOSTILE)
    colleague.press("Disagree: I can't")
    assert "You disagreed" in colleague.page.inner_text("main") and HOSTILE in colleague.page.inner_text("blockquote")
