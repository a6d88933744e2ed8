"""README promises commands that can be typed: they are typed here, against the demo and an empty folder."""

import os
import pathlib
import subprocess

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"

HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VEVENT
UID:boxing-day
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20281226
SUMMARY:Boxing Day
END:VEVENT
END:VCALENDAR
"""


def commands(section):
    """The shell blocks of a section."""
    text = README.read_text().split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return [block.split("```", 1)[0] for block in text.split("```sh\n")[1:]]


def typed(script, folder, binary, environment):
    """Runs what a person types one after the other; the first failure ends it. Output, with errors."""
    script = f"set -euo pipefail\ndogwatch() {{ {binary} \"$@\"; }}\n" + script
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=300,
                          env=dict(os.environ, **environment))
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_walk_through_the_loop_can_be_typed(demo, binary):
    blocks = commands("A walk through the loop")
    assert "cargo run --release -- demo" in blocks[0]
    script = "".join(blocks[1:]).replace("/tmp/dogwatch-demo", str(demo.data))
    assert "alias dogwatch=" in script
    said = typed(script.replace("alias dogwatch=", "alias_of="), demo.data, binary, demo.environment)
    assert '"person": "ben",\n    "level": "excluded",\n    "reasons": [\n      "excluded: unavailable 20 ' in said, said
    assert "Conference" not in said
    assert '"published"' in said
    assert "platform " in said and ": version " in said
    asked, taken = said.rsplit("Payments, ", 2)[1:]
    first = next(line for line in asked.splitlines() if "asks for cover" in line)
    assert "primary" in first and "asks for cover" not in taken
    holder = first.split("primary")[1].split(",")[0]
    assert holder not in taken.split("next:")[0], "somebody else has it"


def test_what_runs_it_for_real_can_be_typed(tmp_path, binary, database):
    set_up, people, file, others = commands("Run it for real")
    lines = [line for line in set_up.splitlines() if not line.startswith("cargo install") and " serve " not in line]
    export = (README.parent / "fixtures/imports/pagerduty-rendered.json").read_text()
    export = export.replace("Ben Hale", "Whitlock, Ben").replace("Cleo Marsh", "Chloe Marsh")
    (tmp_path / "export.json").write_text(export)
    (tmp_path / "england.ics").write_text(HOLIDAYS)
    said = typed("\n".join(lines) + "\n" + people + file + others, tmp_path, binary, database)
    assert "The configuration is fine" in said
    assert "Added ada" in said and "team.joined" in said
    assert "run it again with --apply" in said and "2 people: done." in said
    assert "Boxing Day" in said, said


def test_a_database_is_made_and_copied_into_by_what_is_typed(tmp_path, binary, database):
    commands_of_it, = commands("On PostgreSQL")
    subprocess.run([binary, "--data", "dogwatch-data", "user", "add", "ada", "--name", "Ada", "--email", "ada@example.org",
                    "--time-zone", "UTC"], cwd=tmp_path, check=True)
    subprocess.run([binary, "init", "dogwatch.toml"], cwd=tmp_path, check=True)
    target = database.get("DOGWATCH_DATABASE", "copied/dogwatch.db")
    assert "postgres:///dogwatch?host=/run/postgresql" in commands_of_it
    migrate, copy = commands_of_it.replace("postgres:///dogwatch?host=/run/postgresql", target).splitlines()
    said = typed(copy, tmp_path, binary, {})
    assert "table by table the same" in said, said
    said = typed(migrate, tmp_path, binary, database)
    assert "schema" in said, said
