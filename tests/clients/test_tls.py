"""TLS of Dogwatch's own: what curl agrees on, and python-caldav with packed answers, as it asks for them."""

import json
import pathlib
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import caldav
import pytest
from conftest import Demo

TLS = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "tls"
AUTHORITY = str(TLS / "authority.pem")


@pytest.fixture()
def secure(cluster, organisation, tmp_path):
    """The demo organisation served by TLS."""
    made, template = organisation
    shutil.copy(made / "demo.json", tmp_path)
    environment = {
        "DOGWATCH_TLS_CERTIFICATE_FILE": str(TLS / "server.pem"), "DOGWATCH_TLS_KEY_FILE": str(TLS / "server.key"),
    }
    if cluster:
        environment["DOGWATCH_DATABASE"] = cluster.url(cluster.fresh(template))
    else:
        shutil.copy(made / "dogwatch.db", tmp_path)
    running = Demo(["serve"], tmp_path, environment)
    assert running.url.startswith("https://")
    yield running
    assert running.stop() == 0


def curl(*arguments):
    """What curl says to it: the headers, and what was written."""
    said = subprocess.run(["curl", "--silent", "--show-error", "--cacert", AUTHORITY, *arguments],
                          capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    return said.stdout


@pytest.mark.parametrize("wanted, spoken", [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1"), ("--tls-max=1.2", "2")])
def test_curl_and_dogwatch_agree_on_a_protocol(secure, wanted, spoken):
    arguments = wanted.split("=") + ["--write-out", "%{http_code} %{http_version}", "--output", "/dev/null"]
    assert curl(*arguments, secure.url + "/healthz") == f"200 {spoken}"


@pytest.mark.parametrize("version", ["--http2", "--http1.1"])
def test_a_packed_listing_is_the_plain_one(secure, version):
    name, password = secure.login("ada")
    ask = [version, "--user", f"{name}:{password}", "--request", "PROPFIND", "--header", "Depth: 1",
           secure.url + "/dav/calendars/ada/shifts/"]
    plain, packed = curl(*ask), curl("--compressed", *ask)
    assert packed == plain and plain.endswith("</D:multistatus>")
    size = ["--output", "/dev/null", "--write-out", "%{size_download}"]
    assert int(curl("--compressed", *size, *ask)) * 3 < int(curl(*size, *ask))


def test_python_caldav_works_by_tls_with_packed_answers(secure):
    name, password = secure.login("ada")
    client = caldav.DAVClient(url=secure.url, username=name, password=password, ssl_verify_cert=AUTHORITY)
    principal = client.principal()
    calendar = next(c for c in principal.get_calendars() if str(c.url).rstrip("/").endswith("/calendar"))
    listed = client.propfind(secure.url + "/dav/calendars/ada/", depth=1)
    assert listed.headers.get("content-encoding") == "gzip", dict(listed.headers)
    start = datetime(2027, 3, 1, 9, tzinfo=timezone.utc)
    event = calendar.add_event(dtstart=start, dtend=start + timedelta(hours=1), summary="Dentist", description="x" * 3000)
    found = calendar.get_event_by_uid(event.id)
    found.load()
    found.icalendar_component["SUMMARY"] = "Dentist, again"
    found.save()
    assert str(calendar.get_event_by_uid(event.id).icalendar_component["SUMMARY"]) == "Dentist, again"
    token = calendar.get_objects_by_sync_token().sync_token
    found.delete()
    assert calendar.get_objects_by_sync_token(token).sync_token != token


def test_a_client_that_trusts_others_goes_away(secure):
    said = subprocess.run(["curl", "--silent", "--cacert", str(TLS / "other-authority.pem"), secure.url + "/healthz"], timeout=60)
    assert said.returncode == 60
    assert json.loads(curl("--header", "Authorization: Bearer " + secure.described["admin_token"],
                           secure.url + "/api/v1/teams"))
