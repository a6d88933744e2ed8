"""The house that is soaked: a server that may be killed, three teams with published rosters, and a relay that takes its
mail."""

import asyncio
import base64
import collections
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import engine  # noqa: E402

#: Bytes of the small disk on which the database lies, where this process may mount one.
DISK = 768 << 20
ZONES = ["Europe/London", "Europe/Berlin", "Asia/Tokyo", "America/New_York"]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


async def ask(address, method, path, headers, body=b"", patience=60):
    """One request on a connection of its own; nothing where no whole answer came."""
    writer = None
    try:
        host, port = address.rsplit(":", 1)
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), patience)
        head = f"{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(head.encode() + b"\r\n" + body)
        raw = await asyncio.wait_for(reader.read(-1), patience)
    except (OSError, asyncio.TimeoutError):
        return None
    finally:
        if writer is not None:
            writer.close()
    head, split, rest = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not split or not lines[0].startswith("HTTP/1.1 "):
        return None
    told = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if told.get("transfer-encoding") == "chunked":
        body, whole = b"", False
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            size = int(size, 16)
            if size == 0:
                whole = True
                break
            body, rest = body + rest[:size], rest[size + 2:]
        if not whole:
            return None
    else:
        body = rest
        if method != "HEAD" and len(body) < int(told.get("content-length", 0)):
            return None
    return Answer(int(lines[0].split(" ")[1]), told, body)


class Relay:
    """Takes every mail, and counts how often each came."""

    def __init__(self):
        self.seen = collections.Counter()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            writer.write(b"220 relay\r\n")
            while line := await reader.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    text = await reader.readuntil(b"\r\n.\r\n")
                    found = re.search(rb"(?im)^message-id:\s*(\S+)", text)
                    self.seen[found.group(1) if found else text[:80]] += 1
                    writer.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 ok\r\n")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Person:
    def __init__(self, name, zone):
        self.name, self.zone, self.headers = name, zone, {}


class House:
    def __init__(self, arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dogwatch-soak-"))
        self.binary = str(pathlib.Path(arguments.binary).resolve())
        os.environ["DOGWATCH_BINARY"] = self.binary
        self.cluster = engine.Cluster() if arguments.postgres else None
        self.disk = self.mounted()
        self.data = (self.disk or self.folder) / "data"
        self.clock = self.folder / "clock" if arguments.clock else None
        self.environment = {"DOGWATCH_DATABASE": self.cluster.url(self.cluster.fresh())} if self.cluster else {}
        if self.clock:
            self.clock.write_text("0")
            self.environment["DOGWATCH_TEST_CLOCK"] = str(self.clock)
        self.relay = Relay()
        self.people, self.teams, self.rosters = [], ["payments", "search", "sun"], {}
        self.starts = 0
        self.logs = []

    def mounted(self):
        """A small file system in memory, that can be filled; nothing where only root may have one."""
        if self.cluster:
            return None
        disk = self.folder / "disk"
        disk.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
        return disk if subprocess.run(words, capture_output=True, check=False).returncode == 0 else None

    async def open(self, people):
        await self.relay.start()
        self.config = self.folder / "dogwatch.toml"
        self.config.write_text(
            "[limits]\nrequests_per_minute = 0\nheader_seconds = 5\n"
            f"[mail]\nrelay = \"smtp://127.0.0.1:{self.relay.port}\"\nfrom = \"oncall@example.org\"\n"
        )
        self.start()
        await self.furnish(people)

    def start(self):
        self.starts += 1
        log = self.folder / f"server-{self.starts}.log"
        self.logs.append(log)
        arguments = ["serve", "--config", str(self.config), "--data", str(self.data), "--listen", "127.0.0.1:0"]
        self.server = engine.Server(arguments, log, self.environment)
        self.address = self.server.url.split("://")[1].strip("/")

    def kill(self):
        self.server.process.kill()
        self.server.process.wait()

    def command(self, *words):
        done = subprocess.run([self.binary, *words, "--data", str(self.data)], capture_output=True, text=True, check=False,
                              env=dict(os.environ, **self.environment))
        return done.returncode, done.stdout + done.stderr

    def must(self, *words):
        code, said = self.command(*words)
        assert code == 0, f"dogwatch {' '.join(words)}: {said}"
        return said

    async def api(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        return await ask(self.address, method, f"/api/v1{path}", headers, data)

    async def told(self, method, path, body=None, status=(200, 201, 204)):
        answer = await self.api(method, path, body)
        assert answer and answer.status in status, f"{method} {path}: {answer and (answer.status, answer.text)}"
        return answer.json() if answer.body else None

    async def furnish(self, count):
        for team, zone in (("payments", "Europe/London"), ("search", "Europe/Berlin"), ("sun", "UTC")):
            self.must("team", "add", team, "--name", team.title(), "--email", f"{team}@oncall.example.org", "--time-zone", zone)
        rows = ["id,name,email,time_zone,teams"]
        for number in range(count):
            person = Person(f"p{number:02}", ZONES[number % 4])
            self.people.append(person)
            rows.append(f"{person.name},Person {number},{person.name}@example.org,{person.zone},{self.team_of(number)}")
        (self.folder / "people.csv").write_text("\n".join(rows) + "\n")
        self.must("import", "people", str(self.folder / "people.csv"), "--apply")
        self.token = json.loads(self.must("token", "add", "--label", "soak", "--scope", "admin", "--json"))["token"]
        for person in self.people:
            made = await self.told("POST", f"/people/{person.name}/app-passwords", {"label": "app"})
            basic = base64.b64encode(f"{person.name}:{made['password']}".encode()).decode()
            person.headers = {"Authorization": f"Basic {basic}"}
        sites = {zone: [p.name for n, p in enumerate(self.people) if self.team_of(n) == "sun" and p.zone == zone]
                 for zone in ("Asia/Tokyo", "Europe/London", "America/New_York")}
        await self.told("PATCH", "/teams/sun", {"settings": {"sites": sites, "reach": "all"}})
        for team in ("payments", "search"):
            await self.told("PATCH", f"/teams/{team}", {"settings": {"reach": "all"}})
        monday = datetime.date.today() + datetime.timedelta(days=1)
        monday += datetime.timedelta(days=-monday.weekday() % 7)
        self.patterns(monday)
        for team in self.teams:
            span = {"from": str(monday), "to": str(monday + datetime.timedelta(weeks=4))}
            draft = await self.told("POST", f"/teams/{team}/rosters", span)
            await self.told("POST", f"/rosters/{draft['id']}/publish", {"reason": "a soak"})
            self.rosters[team] = draft["id"]

    def team_of(self, number):
        return self.teams[number // 4 % 3]

    def patterns(self, day):
        next_day = day + datetime.timedelta(days=1)
        add = ["team", "pattern", "add"]
        self.must(*add, "payments", "--start", f"{day}T09:00", "--end", f"{next_day}T09:00", "--rrule", "FREQ=DAILY")
        self.must(*add, "search", "--start", f"{day}T08:00", "--end", f"{day}T20:00", "--rrule", "FREQ=DAILY")
        zones = ["Asia/Tokyo", "Europe/London", "America/New_York"]
        for place, zone in enumerate(zones):
            # From nine o'clock of each site until nine o'clock of the next.
            following = zones[(place + 1) % 3]
            end = next_day if place == 2 else day
            self.must(*add, "sun", "--title", f"Sun {place}", "--start", f"{day}T09:00", "--end", f"{end}T09:00", "--zone", zone,
                      "--end-zone", following, "--site", zone, "--rrule", "FREQ=DAILY", "--roles", "primary")

    def memory(self):
        """MiB in use, open descriptors, and seconds of processor time, of the server as it runs now."""
        pid = self.server.process.pid
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        seconds = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        return round(kib / 1024, 1), len(os.listdir(f"/proc/{pid}/fd")), seconds

    def panics(self):
        return [line for log in self.logs for line in log.read_text(errors="replace").splitlines() if "panicked" in line]

    def close(self):
        if self.server.process.poll() is None:
            self.server.stop()
        if self.cluster:
            self.cluster.stop()
        if self.disk:
            subprocess.run(["umount", "-l", str(self.disk)], check=False)
        subprocess.run(["rm", "-rf", str(self.folder)], check=False)
