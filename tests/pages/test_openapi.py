"""The JSON API as it describes itself: schemathesis makes requests up out of /api/v1/openapi.json as a stranger, a member, a manager
and an administrator. None may end in a 5xx, nor be answered otherwise than is written there."""

import json
import os
import subprocess
import sys

import pytest

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LONG = bool(os.environ.get("DOGWATCH_LONG"))
# What an operation is tried with; the systematic part is for one role in the plain run, and for all in the long one.
EXAMPLES = 60 if LONG else 3
START = "import sys; from schemathesis.cli import schemathesis; sys.argv[0] = 'st'; schemathesis()"


def things(demo):
    """What there is, by the names that the paths have for it: values of parameters."""
    _, rosters = demo.api("/teams/payments/rosters")
    roster = next(one["id"] for one in rosters if one["state"] == "published")
    _, standing = demo.api("/teams/payments/on-call")
    slot = next(one["slot"] for one in standing["next"] if one["person"] and one["role"] != "shadow")
    status, swap = demo.api(f"/slots/{slot}/cover", "POST", {"reason": "dentist"})
    assert status == 200, swap
    return {"team": "payments", "person": "ben", "slot": slot, "swap": swap["id"], "offer": swap["offers"][0]["id"], "id": roster,
            "month": "2031-01"}


def token(demo, role):
    """A token as this role has it; none for a stranger."""
    if role == "stranger":
        return None
    if role == "administrator":
        return demo.described["admin_token"]
    person = {"member": "ben", "manager": "ada"}[role]
    made = demo.command("token", "add", "--label", role, "--scope", "roster", "--person", person, "--json")
    return json.loads(made)["token"]


@pytest.mark.parametrize("role", ["stranger", "member", "manager", "administrator"])
def test_the_api_keeps_to_its_description(start, tmp_path, role):
    demo = start("demo", {"DOGWATCH_LIMITS_REQUESTS_PER_MINUTE": "0"})
    try:
        known = "".join(f'"path.{name}" = "{value}"\n' for name, value in things(demo).items())
        (tmp_path / "schemathesis.toml").write_text("[parameters]\n" + known)
        phases = "examples,coverage,fuzzing" if LONG or role == "administrator" else "examples,fuzzing"
        arguments = [
            "--config-file", str(tmp_path / "schemathesis.toml"), "run", demo.url + "/api/v1/openapi.json", "--phases", phases,
            "--max-examples", str(EXAMPLES), "--checks", CHECKS, "--seed", "1", "--suppress-health-check", "all",
            "--continue-on-failure", "--warnings", "off", "--no-color",
        ]
        secret = token(demo, role)
        if secret:
            arguments += ["--header", f"Authorization: Bearer {secret}"]
        done = subprocess.run([sys.executable, "-c", START, *arguments], cwd=tmp_path, text=True, capture_output=True,
                              env=dict(os.environ, HOME=str(tmp_path)))
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        assert "Tested: 0" not in done.stdout and "Tested:" in done.stdout, done.stdout[-2000:]
    finally:
        code = demo.server.stop()
    log = demo.log()
    assert code == 0 and " ERROR " not in log and "panicked" not in log, "\n".join(log.splitlines()[-20:])
