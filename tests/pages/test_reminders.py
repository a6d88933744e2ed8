"""What somebody is reminded of, and when they are left alone: chosen on a page, kept, and refused where a time is none."""


def test_a_choice_is_kept_and_shown_again(surf):
    surfer = surf("member", phone=True)
    page = surfer.visit("/account")
    page.get_by_role("link", name="Choose").click()
    surfer.check()
    surfer.picture("account-reminders")
    gaps = page.get_by_label("gaps in the next two weeks, in teams that I manage")
    assert gaps.is_checked()
    gaps.uncheck()
    page.get_by_label("from").fill("20:30")
    surfer.press("Keep this")
    assert "kept like this" in page.locator("main").inner_text()
    page = surfer.visit("/account/reminders")
    assert not page.get_by_label("gaps in the next two weeks, in teams that I manage").is_checked()
    assert (page.get_by_label("from").input_value(), page.get_by_label("until").input_value()) == ("20:30", "07:00")


def test_a_time_that_is_none_is_refused(surf):
    surfer = surf("member", script=False)
    page = surfer.visit("/account/reminders")
    token = page.locator("input[name=csrf]").first.input_value()
    answer = surfer.page.request.post(surfer.demo.url + "/account/reminders", form={"csrf": token, "from": "late", "until": "07:00"},
                                      headers={"Origin": surfer.demo.url})
    assert answer.status == 422 and "A time is like 22:00." in answer.text()
