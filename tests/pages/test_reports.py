"""Reports: plots with figures, a CSV file beside each, everybody's lines for managers and their own for members."""

import csv
import io


def table(page, link):
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    return list(csv.DictReader(io.StringIO(open(download.value.path(), encoding="utf-8").read())))


def test_managers_see_everybody_as_plots_and_files(surf, demo):
    for phone, theme in ((False, "light"), (True, "dark")):
        ada = surf("manager", phone=phone, theme=theme)
        page = ada.visit("/teams/payments/reports")
        ada.picture("reports")
    page = surf("manager").visit("/teams/payments/reports?planned=yes")
    rows = table(page, "Hours of duty as CSV")
    assert len(rows) == page.locator("section:has(#hours) tbody tr").count() and len(rows) >= 7
    ben = next(row for row in rows if row["person"] == "ben")
    shown = page.locator("section:has(#hours) tr", has_text="Ben Whitlock").inner_text().split()
    assert f"{int(ben['minutes']) / 60:.1f}" in shown, shown
    dimensions = {row["dimension"] for row in table(page, "Load against fair share as CSV")}
    assert dimensions == {"points", "nights", "weekends", "holidays"}
    assert table(page, "Who stood with whom as CSV")


def test_a_name_that_is_a_formula_stays_a_text(surf, demo):
    demo.api("/people", "POST", {"id": "mal", "name": "=HYPERLINK(\"http://evil.example\")", "email": "mal@example.org",
                                 "time_zone": "UTC"})
    demo.command("team", "member", "add", "payments", "mal")
    page = surf("manager").visit("/teams/payments/reports")
    assert any(row["name"].startswith("'=HYPERLINK") for row in table(page, "Hours of duty as CSV"))


def test_members_see_their_own_and_others_nothing(surf, demo):
    page = surf("member").visit("/teams/payments/reports")
    assert page.locator("section:has(#hours) tbody tr").all_inner_texts()[0].startswith("Ben Whitlock")
    assert page.locator("section:has(#hours) tbody tr").count() == 1
    assert {row["person"] for row in table(page, "Hours of duty as CSV")} == {"ben"}
    other = surf("other")
    other.visit("/teams/payments/reports", status=404)
    assert demo.request("/teams/payments/reports/hours.csv")[0] == 303
    surf("manager").visit("/teams/payments/reports?from=soon", status=422)
