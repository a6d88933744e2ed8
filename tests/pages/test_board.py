"""The manager's board, from the click to everybody's calendar: a month is drafted, looked at, changed by form, by dragging and by
keyboard, solved again, compared, published, and restored; swaps are approved and people reminded."""

import datetime
import re
import urllib.error
import urllib.request

BOARD = "/board/payments"


def dav(demo, person, path, method="GET", headers=None, body=None):
    """A request as a calendar app of somebody's makes it: (status, text)."""
    account = demo.accounts[person]
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, demo.url, account["email"], account["app_password"])
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    request = urllib.request.Request(demo.url + path, method=method, headers=headers or {}, data=body)
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def shifts_of(demo, person):
    """The slots whose shifts somebody's calendar holds."""
    status, text = dav(demo, person, f"/dav/calendars/{person}/shifts/", "PROPFIND", {"Depth": "1"})
    assert status == 207, text
    return set(re.findall(rf"shift-([0-9a-f-]{{36}})-{person}", text))


def title_of(demo, person, slot):
    """What somebody's calendar calls a slot; nothing where it does not have it."""
    _, listed = dav(demo, person, f"/dav/calendars/{person}/shifts/", "PROPFIND", {"Depth": "1"})
    found = re.search(rf"/dav/calendars/{person}/shifts/[^<]*{slot}[^<]*", listed)
    return re.search(r"SUMMARY:(.*)", dav(demo, person, found.group())[1]).group(1).strip() if found else None


def solved(surfer):
    """Waits for the solver, and opens the board."""
    surfer.picture("board-solving")
    surfer.page.get_by_role("link", name="Open the board").wait_for(timeout=60000)
    surfer.check()
    with surfer.page.expect_navigation():
        surfer.page.get_by_role("link", name="Open the board").click()
    return surfer.page.url.removeprefix(surfer.demo.url)


def drafted(surfer):
    """The open draft, made where there is none."""
    surfer.page.goto(surfer.demo.url + BOARD)
    tile = surfer.page.locator("a.tile")
    if tile.count():
        return tile.first.get_attribute("href")
    surfer.page.get_by_role("button", name="Make a draft").click()
    return solved(surfer)


def holder(demo, path, slot):
    """Who holds a slot of a roster, by the API."""
    _, roster = demo.api("/rosters/" + path.split("/")[3])
    return next(one["person"] for one in roster["slots"] if one["id"] == slot)


def promised(demo):
    """A swap that somebody agreed to, and who."""
    _, rosters = demo.api("/teams/payments/rosters")
    rosters = rosters["rosters"] if isinstance(rosters, dict) else rosters
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)).isoformat()
    for head in rosters:
        _, roster = demo.api("/rosters/" + head["id"])
        for slot in roster["slots"]:
            if roster["state"] != "published" or slot["start"] < soon or not slot["person"] or slot["role"] == "shadow":
                continue
            status, swap = demo.api(f"/slots/{slot['id']}/cover", "POST", {"reason": "a <b>wedding</b>"})
            for offer in swap["offers"] if status < 300 else []:
                status, after = demo.api(f"/offers/{offer['id']}/answer", "POST", {"answer": "agree"})
                if status == 200 and after["state"] == "awaiting-approval":
                    return after, after["taker"]
    raise AssertionError("nobody could be found who takes a shift")


def slot_of(chip):
    return chip.get_attribute("href").split("/slots/")[1]


def test_a_month_is_drafted_changed_and_published_without_script(surf, demo):
    ada = surf("manager", script=False)
    ada.page.goto(demo.url + BOARD)
    ada.page.get_by_role("button", name="Make a draft").click()
    # the page looks again by itself
    ada.page.get_by_role("link", name="Open the board").wait_for(timeout=60000)
    ada.page.get_by_role("link", name="Open the board").click()
    path = ada.page.url.removeprefix(demo.url)
    assert "required shifts are filled" in ada.page.inner_text("main")
    chip = ada.page.locator(".people .chip").first
    slot = slot_of(chip)
    before = holder(demo, path, slot)
    chip.click()
    assert ada.page.get_by_role("checkbox", name="Pin it").count() == 1
    # whoever is excluded is so for a reason that is written there
    excluded = ada.page.locator("tr", has=ada.page.locator(".badge", has_text="excluded")).first
    assert len(excluded.locator("li").first.inner_text()) > 10
    whole = ada.page.get_by_role("checkbox", name=re.compile("of this turn"))
    if whole.count():
        whole.uncheck()
    ada.page.get_by_role("checkbox", name="Pin it").check()
    give = ada.page.locator("button[aria-label^='Give to']")
    if give.count():
        give.first.click()
    else:
        ada.page.get_by_role("link", name=re.compile("Override for")).first.click()
        ada.page.get_by_label("Reason for overruling").fill("<b>agreed</b> \"by\" telephone & so on")
        ada.page.locator("main").get_by_role("button", name=re.compile("Give to")).click()
    assert "The shift is given." in ada.page.inner_text("[role=status].notice")
    after = holder(demo, path, slot)
    assert after and after != before
    # what would break a rule is shown, and wants a reason
    ada.page.goto(f"{demo.url}{path}/moves?from={before}&to={after}")
    assert ada.page.locator(".ways li, .empty").count() > 0
    assert slot not in shifts_of(demo, after)
    ada.page.goto(f"{demo.url}{path}/changes")
    assert "new" in ada.page.inner_text("table")
    ada.page.get_by_label("Reason").fill("January <script>alert(1)</script>")
    ada.page.get_by_role("button", name="Publish").click()
    assert "Published." in ada.page.inner_text("[role=status].notice"), ada.page.inner_text("main")
    assert slot in shifts_of(demo, after) and slot not in shifts_of(demo, before)
    ada.page.goto(demo.url + BOARD)
    assert "January <script>alert(1)</script>" in ada.page.inner_text("main")


def test_a_draft_on_top_is_changed_by_dragging_and_by_keyboard_and_its_effect_shown_at_once(surf, demo):
    ada = surf("manager")
    listed = ada.visit(BOARD)
    # on top of what the test before published, or of what the demo has
    listed.locator("tr", has_text="in force").last.get_by_role("link").first.click()
    ada.check()
    ada.press("Make a draft of this")
    path = ada.page.url.removeprefix(demo.url).split("?")[0]
    ada.picture("board")
    page = ada.page
    page.get_by_label("Move all of a turn together").uncheck()
    chip = page.locator(".people .chip:not(.fixed)").first
    slot, giver = slot_of(chip), chip.locator("xpath=ancestor::tr").get_attribute("data-p")
    rows = page.locator(".people tr[data-p]")
    shown = None
    # over each person in turn, until somebody may stand it
    chip.hover()
    page.mouse.down()
    for index in range(rows.count()):
        row = rows.nth(index)
        if row.get_attribute("data-p") == giver:
            continue
        row.locator("th").hover()
        row.locator("th").hover(position={"x": 30, "y": 8})
        page.locator("#effect .effect").wait_for()
        page.wait_for_function("document.querySelector('tr.target') !== null")
        page.wait_for_timeout(300)
        shown = row.get_attribute("data-p")
        if page.locator("#effect .effect").get_attribute("data-breaks") == "0":
            break
    assert page.locator("#effect .balances tbody tr").count() == 2, "both balances, before and after"
    ada.check()
    ada.picture("board-effect")
    page.mouse.up()
    if page.locator("#reason").count():
        page.locator("#reason").fill("agreed by telephone")
        page.locator("#effect").get_by_role("button", name=re.compile("Give to")).click()
    page.locator("#effect", has_text="The shift is given.").wait_for()
    assert holder(demo, path, slot) == shown
    # taken back
    undo = page.get_by_role("button", name="Take it back")
    if undo.count():
        undo.click()
        undo.wait_for(state="detached")
        assert holder(demo, path, slot) == giver
    # the same by keyboard
    page.get_by_label("Move all of a turn together").uncheck()
    page.locator(f".people a[href$='{slot}']").focus()
    page.keyboard.press("Space")
    assert "Picked up" in page.inner_text("#heard")
    page.keyboard.press("ArrowDown")
    page.locator("tr.target").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("tr.target").count() == 0 and "Left where it was." in page.inner_text("#heard")
    # a balance onto a lighter one: which shift to hand on
    page.locator(f"tr[data-p='{giver}'] a.tally").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.locator("#effect .ways li").first.wait_for()
    ada.check()
    page.keyboard.press("Escape")
    # solved again, followed on a page of its own
    page.get_by_role("button", name="Solve again").click()
    assert solved(ada) == path
    # compared, and thrown away
    ada.visit(path + "/changes")
    ada.picture("board-changes")
    ada.visit(path)
    page.get_by_text("Throw this draft away").click()
    ada.press("Throw it away")
    assert "thrown away" in page.inner_text("[role=status].notice")
    assert demo.api("/rosters/" + path.split("/")[3])[0] == 404


def exchangeable(page, whole=False):
    """Two shifts of two people that may be exchanged without breaking a rule, as the board itself says; both as slots."""
    chips = page.locator(".people .chip:not(.fixed)")
    slots = [(slot_of(chips.nth(at)), chips.nth(at).locator("xpath=ancestor::tr").get_attribute("data-p")) for at in range(chips.count())]
    base = page.locator("#board").get_attribute("data-base")
    for one, mine in slots:
        for other, theirs in slots:
            if mine == theirs:
                continue
            text = page.evaluate("async (url) => (await fetch(url)).text()", f"{base}/effect?part=1&slot={one}&other={other}")
            if 'data-breaks="0"' in text:
                return (one, mine), (other, theirs)
    raise AssertionError("no two shifts can be exchanged")


def test_a_shift_dropped_onto_another_is_exchanged_for_it_and_so_it_is_by_touch_and_without_script(surf, demo):
    ada = surf("manager")
    path = drafted(ada)
    page = ada.visit(path)
    page.get_by_label("Move all of a turn together").uncheck()
    (one, mine), (other, theirs) = exchangeable(page)
    chip = lambda slot: page.locator(f".people a[href$='{slot}']")
    # a drag begins with the first step away; scrolled meanwhile, what was pressed would no longer lie under the mouse
    chip(one).hover()
    page.mouse.down()
    box = chip(one).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + 6, box["y"] + box["height"] / 2 + 6, steps=3)
    page.locator("#board.dragging").wait_for()
    chip(other).hover()
    page.locator(".chip.target").wait_for()
    page.mouse.up()
    page.locator("#effect", has_text="The shifts are exchanged.").wait_for()
    assert (holder(demo, path, one), holder(demo, path, other)) == (theirs, mine)
    ada.check()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Take it back").wait_for(state="detached")
    assert (holder(demo, path, one), holder(demo, path, other)) == (mine, theirs)
    # by keyboard: up and down to the person, right to the shift
    page.get_by_label("Move all of a turn together").uncheck()
    chip(one).focus()
    page.keyboard.press("Space")
    rows = page.locator(".people tr[data-p]").evaluate_all("(rows) => rows.map((row) => row.dataset.p)")
    way = rows.index(theirs) - rows.index(mine)
    for _ in range(abs(way)):
        page.keyboard.press("ArrowDown" if way > 0 else "ArrowUp")
    page.keyboard.press("ArrowRight")
    page.locator(".chip.target").wait_for()
    page.locator("#effect h2", has_text="⇄").wait_for()
    page.keyboard.press("Escape")
    # by touch: held for a moment, then moved
    ada = surf("manager", phone=True)
    page = ada.visit(path)
    page.get_by_label("Move all of a turn together").uncheck()
    finger = ada.context.new_cdp_session(page)
    chip(one).scroll_into_view_if_needed()
    middle = lambda box: {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch = lambda kind, at=None: finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at] if at else []})
    # moved at once it scrolls, and nothing is picked up
    start = middle(chip(one).bounding_box())
    touch("touchStart", start)
    touch("touchMove", {"x": start["x"], "y": start["y"] - 60})
    touch("touchEnd")
    page.wait_for_timeout(500)
    assert page.locator(".carried").count() == 0
    chip(one).scroll_into_view_if_needed()
    start = middle(chip(one).bounding_box())
    touch("touchStart", start)
    page.locator(".carried").wait_for()
    # to somebody whose row is in sight, as a finger would
    tall = page.viewport_size["height"]
    heads = [(row.get_attribute("data-p"), middle(row.locator("th").bounding_box())) for row in page.locator(".people tr[data-p]").all()]
    taker, end = next((who, at) for who, at in heads if who != mine and 60 < at["y"] < tall - 60)
    touch("touchMove", {"x": end["x"] - 20, "y": end["y"]})
    touch("touchMove", end)
    page.locator("tr.target").wait_for()
    page.locator("#effect .effect").wait_for()
    touch("touchEnd")
    if page.locator("#effect .effect").get_attribute("data-breaks") not in ("0", None):
        page.locator("#reason").fill("agreed by telephone")
        page.locator("#effect").get_by_role("button", name=re.compile("Give to")).click()
    page.locator("#effect", has_text="The shift is given.").wait_for()
    assert holder(demo, path, one) == taker
    # without script from the shift's own page
    plain = surf("manager", script=False)
    plain.page.goto(f"{demo.url}{path}/slots/{one}")
    back = next(s for s in plain.page.locator("#other option").evaluate_all("(all) => all.map((one) => one.value)") if s != other)
    before = holder(demo, path, back)
    plain.page.get_by_label("For", exact=True).select_option(back)
    plain.page.get_by_role("button", name="Show what it would do").click()
    if plain.page.locator("#reason").count():
        plain.page.locator("#reason").fill("agreed by telephone")
    plain.page.get_by_role("button", name="Exchange them").click()
    assert "The shifts are exchanged." in plain.page.inner_text("[role=status].notice")
    assert (holder(demo, path, one), holder(demo, path, back)) == (before, taker)


def test_every_page_of_the_board_is_fit_for_everybody(surf, demo):
    hostile = "\"><img src=x onerror=alert(1)>"
    demo.command("user", "add", "mallory", "--name", hostile, "--email", "mallory@example.org", "--time-zone", "Europe/London")
    status, problem = demo.api("/teams/payments/members/mallory", "PUT", {"member": True})
    assert status < 300, problem
    for phone, theme in ((True, "light"), (False, "dark")):
        ada = surf("manager", phone=phone, theme=theme)
        path = drafted(ada)
        ada.visit(BOARD)
        ada.picture("board-home")
        ada.visit(path + "?by=load")
        ada.picture("board")
        slot = slot_of(ada.page.locator(".people .chip:not(.fixed)").first)
        ada.visit(f"{path}/slots/{slot}")
        ada.picture("board-slot")
        person = ada.page.locator("a[aria-label^='Override'], button[aria-label^='Give to']").count()
        assert person > 0, "everybody else is a candidate"
        assert hostile in ada.page.inner_text("main")
        ada.visit(f"{path}/effect?slot={slot}&person=mallory")
        assert hostile in ada.page.inner_text("h2")
        ada.visit(f"{path}/moves?from=ben&to=chloe")
        ada.picture("board-moves")
        ada.visit(path + "/changes")


def test_what_waits_for_a_manager_is_listed_decided_and_reminded_of(surf, demo):
    assert demo.api("/teams/payments", "PATCH", {"settings": {"approval": True}})[0] == 200
    swap, taker = promised(demo)
    ada = surf("manager")
    ada.visit(BOARD)
    ada.page.locator("details", has_text="have not").first.locator("summary").click()
    ada.press("Remind Ben Whitlock")
    assert "They are reminded." in ada.page.inner_text("[role=status].notice")
    ada.page.locator("details", has_text="have not").first.locator("summary").click()
    ada.press("Remind Ben Whitlock")
    assert "reminded today" in ada.page.inner_text("[role=status].notice")
    ada.press("Remind whoever has not acknowledged")
    assert "They are reminded." in ada.page.inner_text("[role=status].notice")
    slot, holder = swap["slot"], swap["requester"]
    assert title_of(demo, taker, slot).startswith("Cover?") and title_of(demo, holder, slot)
    ada.press("Approve")
    assert "Approved" in ada.page.inner_text("[role=status].notice")
    assert title_of(demo, taker, slot).startswith("On call") and title_of(demo, holder, slot) is None


def test_the_board_is_for_managers_of_the_team(surf, demo):
    path = drafted(surf("manager"))
    slot = "00000000-0000-7000-8000-000000000000"
    pages = [BOARD, path, path + "/changes", path + "/moves", f"{path}/slots/{slot}", f"{path}/effect?slot={slot}&person=ben"]
    for who, status in (("member", 403), ("other", 404)):
        surfer = surf(who)
        for page in pages:
            assert surfer.page.goto(demo.url + page).status == status, (who, page)
    priya = surf("other")
    foreign = path.replace("/payments/", "/platform/")
    assert priya.page.goto(demo.url + foreign).status in (403, 404)
    stranger = surf()
    stranger.page.goto(demo.url + path)
    assert "/sign-in?to=" in stranger.page.url
    admin = surf("administrator")
    assert admin.page.goto(demo.url + path).status == 200
    assert admin.page.goto(demo.url + foreign).status == 404
