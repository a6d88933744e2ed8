"""Administration from click to calendar: people, their rights and passwords, tokens, an import that is looked at first, a team from
a template, and the audit log; for administrators and nobody else."""

import html

PAGES = ("/admin", "/admin/people", "/admin/people/new", "/admin/people/ben", "/admin/people/ben/access", "/admin/import",
         "/admin/teams", "/admin/tokens", "/admin/webhooks", "/admin/audit", "/admin/audit/check")
HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;"


def notice(page):
    return page.locator("[role=status]").first.inner_text()


def test_pages_of_administrators_are_fit_for_everybody_and_shut_for_everybody_else(surf):
    for phone, theme in ((False, "light"), (True, "dark")):
        root = surf("administrator", phone=phone, theme=theme)
        for path in PAGES:
            root.visit(path)
            if path == "/admin/audit":
                root.visit("/admin/audit?what=role")
            root.picture("admin-person" if path == "/admin/people/ben" else path[1:].replace("/ben", "").replace("/", "-"))
    manager, stranger = surf("manager"), surf()
    for path in PAGES:
        assert manager.page.goto(manager.demo.url + path).status == 403, path
    stranger.page.goto(stranger.demo.url + "/admin/people")
    assert "/sign-in" in stranger.page.url


def test_somebody_is_added_changed_let_in_and_shut_out(surf, demo):
    root = surf("administrator")
    page = root.visit("/admin/people/new")
    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_label("Id", exact=True).fill("Not a slug")
    page.get_by_label("E-mail address").fill("nora@example.org")
    page.get_by_label("Time zone").fill("Europe/Dublin")
    root.press("Add a person")
    assert "lower-case letters" in page.inner_text("[role=alert]")
    assert page.get_by_label("Name").input_value() == HOSTILE, "what was typed stays"
    page.get_by_label("Id", exact=True).fill("nora")
    root.press("Add a person")
    assert "Added." in notice(page) and page.inner_text("h1") == HOSTILE
    page.get_by_label("Phone").fill("+353 1 555 0100")
    page.get_by_label("Name").fill("Nora Byrne")
    root.press("Save")
    assert demo.api("/people/nora")[1]["phone"] == "+35315550100"

    page = root.visit("/admin/people/nora/access")
    root.press("Draw a new password")
    password = page.inner_text("[role=status] code")
    form = {"login": "nora", "password": password, "to": "/account"}
    status, headers, _ = demo.request("/sign-in", form=form)
    assert (status, headers["Location"]) == (303, "/account")
    page.get_by_label("May administer this server").check()
    page.locator("section:has(#rights)").get_by_role("button", name="Save").click()
    assert demo.api("/people/nora")[1]["admin"] is True
    root.press("Disable Nora Byrne")
    assert demo.request("/sign-in", form=form)[0] == 422
    assert page.get_by_role("button", name="Let them in again").is_visible()
    root.press("Let them in again")
    assert demo.api("/people/nora")[1]["disabled"] is False


def test_disabling_says_which_shifts_nobody_has_now_and_calendars_say_so_too(surf, demo):
    watch = next(one for one in demo.api("/teams/platform/on-call")[1]["next"] if one["person"]["id"] != "priya")
    who = watch["person"]
    root = surf("administrator")
    page = root.visit(f"/admin/people/{who['id']}/access")
    root.press(f"Disable {who['name']}")
    assert "have nobody now" in notice(page) or "has nobody now" in notice(page)
    assert watch["role"] in notice(page)
    later = demo.api("/teams/platform/on-call?at=" + watch["start"].replace("+", "%2B"))[1]["on_call"]
    assert any(one["role"] == watch["role"] and one["person"] is None for one in later)


def test_the_last_administrator_stays(surf, demo):
    root = surf("administrator")
    for person in demo.api("/people")[1]:
        if person["admin"] and person["id"] != "root":
            demo.command("user", "disable", person["id"])
    page = root.visit("/admin/people/root/access")
    root.press("Disable Robin Root")
    assert "last administrator" in page.inner_text("[role=alert]")


def test_a_token_is_made_shown_once_and_revoked(surf, demo):
    root = surf("administrator")
    page = root.visit("/admin/tokens")
    page.get_by_label("Where it is used").fill("chat bot " + HOSTILE)
    root.press("Make a token")
    token = page.inner_text("[role=status] code")
    headers = {"Authorization": "Bearer " + token}
    assert demo.request("/api/v1/teams/payments/on-call", headers=headers)[0] == 200
    root.visit("/admin/tokens")
    assert token not in page.content()
    root.press("Revoke: chat bot " + HOSTILE)
    assert demo.request("/api/v1/teams/payments/on-call", headers=headers)[0] == 401


def test_an_import_is_looked_at_first_and_done_as_it_said(surf, demo, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("id,name,email,time_zone,teams,roles\numa,Uma Iqbal,uma@example.org,Europe/London,payments,secondary\n")
    root = surf("administrator")
    page = root.visit("/admin/import")
    page.get_by_label("File").set_input_files(file)
    page.wait_for_function("document.getElementById('csv').value.includes('uma')")
    root.press("Look at what it would do")
    assert "1 people: 1 new" in notice(page) and "add uma" in notice(page)
    assert demo.api("/people/uma")[0] == 404
    root.press("Do it")
    assert notice(page).startswith("Done")
    assert demo.api("/people/uma")[1]["name"] == "Uma Iqbal"
    page.get_by_label("Or its text").fill("id,name\nx,<script>alert(1)</script>")
    root.press("Look at what it would do")
    assert "email" in page.inner_text("[role=alert]")


def test_a_team_begins_with_an_arrangement_and_its_calendar_has_it(surf, demo):
    root = surf("administrator", phone=True)
    page = root.visit("/admin/teams")
    page.get_by_label("Name").fill("Search")
    page.get_by_label("Id", exact=True).fill("search")
    page.get_by_label("E-mail address").fill("search@oncall.example.org")
    page.get_by_label("Time zone").fill("Europe/London")
    page.get_by_label("Weekdays and weekends", exact=False).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Add the team").click()
    assert page.url.endswith("/teams/search/manage?said=team-added")
    root.check()
    page = root.visit("/teams/search/manage/patterns")
    assert "Weekend" in page.inner_text("main") and "17:00" in page.inner_text("main")


def test_the_audit_log_tells_who_did_what_and_is_filtered(surf, demo):
    demo.api("/people", "POST", {"id": "otto", "name": HOSTILE, "email": "otto@example.org", "time_zone": "UTC"})
    root = surf("administrator")
    page = root.visit("/admin/audit?object=person%3Aotto")
    rows = page.locator("tbody tr")
    assert rows.count() == 1 and "person.added" in rows.first.inner_text()
    page.get_by_text("Details of").click()
    assert "otto@example.org" in page.inner_text("tbody")
    assert html.escape("<img") not in page.inner_text("tbody") and page.locator("tbody img").count() == 0
    root.visit("/admin/audit?what=no.such.thing")
    assert "Nothing of that sort" in page.inner_text("main")
    root.visit("/admin/audit?from=yesterday", status=422)
    root.visit("/admin/audit/check")
    assert "nothing was changed" in notice(page)


def test_a_receiver_of_every_teams_webhooks_is_added_and_removed_by_administrators(surf):
    root = surf("administrator", phone=True)
    page = root.visit("/admin/webhooks")
    assert "Nobody is told anything yet" in page.inner_text("main")
    page.get_by_label("Address").fill("https://hooks.example.net/canary-path")
    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_label("Somebody is reminded of something").uncheck()
    root.press("Add it")
    assert page.locator("[role=status] code").inner_text().startswith("whsec_")
    page = root.visit("/admin/webhooks")
    shown = page.locator("main").inner_text()
    assert "hooks.example.net" in shown and HOSTILE in shown and "canary-path" not in page.content() and "whsec_" not in page.content()
    assert "reminder" not in shown.split("Add a receiver")[0]
    page.get_by_role("button", name="Send a test").click()
    assert notice(page).startswith("A test is on its way")
    page.get_by_role("button", name="Pause").click()
    assert notice(page) == "Saved." and "paused" in page.inner_text(".cards")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="New secret").click()
    assert page.locator("[role=status] code").inner_text().startswith("whsec_")
    manager = surf("manager")
    assert "hooks.example.net" not in manager.visit("/teams/payments/manage/webhooks").inner_text("main"), "it is no team's"
    page.get_by_role("button", name="Remove").click()
    assert "Nobody is told anything yet" in page.inner_text("main")
