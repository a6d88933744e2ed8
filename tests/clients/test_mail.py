"""Mail by a real SMTP server program (aiosmtpd): TLS, sign-in, and what Python's own parsers read out of what is sent."""

import email
import email.policy
import pathlib
import queue
import shutil
import socket
import ssl

import icalendar
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from conftest import Demo

TLS = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "tls"


class Box:
    """Takes mail, or refuses recipients as it is told to."""

    def __init__(self):
        self.mails = queue.Queue()
        self.refuse = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.put((session.ssl is not None, envelope.mail_from, envelope.rcpt_tos, message))
        return "250 OK"

    def all(self, silence=3):
        found = [self.mails.get(timeout=40)]
        while True:
            try:
                found.append(self.mails.get(timeout=silence))
            except queue.Empty:
                return found


def signs_in(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"dogwatch", b"invented")
    return AuthResult(success=good)


@pytest.fixture()
def relay():
    """A server that asks for STARTTLS and a sign-in before it takes anything."""
    box = Box()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port, tls_context=context, require_starttls=True,
                            auth_required=True, authenticator=signs_in)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture()
def mailing(cluster, organisation, tmp_path, relay):
    """The demo organisation, which sends by that relay and takes answers."""
    made, template = organisation
    shutil.copy(made / "demo.json", tmp_path)
    password = tmp_path / "password"
    password.write_text("invented\n")
    environment = {
        "DOGWATCH_MAIL_RELAY": f"smtp://localhost:{relay.port}", "DOGWATCH_MAIL_STARTTLS": "required",
        "DOGWATCH_MAIL_USER": "dogwatch", "DOGWATCH_MAIL_PASSWORD_FILE": str(password),
        "DOGWATCH_MAIL_FROM": "oncall@example.org", "DOGWATCH_MAIL_REPLY_DOMAIN": "roster.example.org",
        "DOGWATCH_MAIL_INBOUND_LISTEN": "127.0.0.1:0", "SSL_CERT_FILE": str(TLS / "authority.pem"),
    }
    if cluster:
        environment["DOGWATCH_DATABASE"] = cluster.url(cluster.fresh(template))
    else:
        shutil.copy(made / "dogwatch.db", tmp_path)
    running = Demo(["serve"], tmp_path, environment)
    yield running
    assert running.stop() == 0


def ask_for_cover(demo):
    _, found = demo.api("/api/v1/teams/payments/on-call")
    watch = next(w for w in found["next"] if w["person"] and w["role"] != "shadow")
    status, swap = demo.api(f"/api/v1/slots/{watch['slot']}/cover", "POST", {"reason": "away"})
    assert status == 200, swap
    return watch


def test_invitations_go_out_by_tls_after_signing_in_and_can_be_read(mailing, relay):
    ask_for_cover(mailing)
    mails = [mail for mail in relay.all() if "Can you stand it?" in mail[3]["Subject"]]
    assert mails
    for secure, sender, recipients, message in mails:
        assert secure and len(recipients) == 1
        assert sender.endswith("@roster.example.org") and sender != message["Reply-To"], "reports have an address of their own"
        assert message["To"].addresses[0].addr_spec == recipients[0]
        assert not message.defects and message["Auto-Submitted"] == "auto-generated"
        assert message.get_content_type() == "multipart/alternative"
        kinds = [part.get_content_type() for part in message.iter_parts()]
        assert kinds == ["text/plain", "text/html", "text/calendar"]
        text, html, part = message.iter_parts()
        assert "/links/offer/" in text.get_content() and "/links/offer/" in html.get_content()
        assert part.get_param("method") == "REQUEST"
        calendar = icalendar.Calendar.from_ical(part.get_content())
        event = calendar.events[0]
        answers = message["Reply-To"].addresses[0].addr_spec
        assert str(calendar["METHOD"]) == "REQUEST" and event["ORGANIZER"] == f"mailto:{answers}"
        assert event["ATTENDEE"] == f"mailto:{recipients[0]}" and event["ATTENDEE"].params["RSVP"] == "TRUE"


def test_whoever_has_a_calendar_app_gets_links_and_no_calendar_part(mailing, relay):
    for person in mailing.accounts:
        mailing.calendar(person, "shifts")
    ask_for_cover(mailing)
    mails = [mail for mail in relay.all() if "Can you stand it?" in mail[3]["Subject"]]
    assert mails
    for _, _, _, message in mails:
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_what_is_put_off_comes_again_under_its_own_name(mailing, relay):
    relay.refuse = ["451 4.3.0 later"]
    ask_for_cover(mailing)
    names = [message["Message-ID"] for _, _, _, message in relay.all(silence=10)]
    assert names and len(names) == len(set(names))
