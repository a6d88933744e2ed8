"""A Thunderbird without a window and with a profile of its own, driven from within."""

import json
import os
import pathlib
import shutil
import socket
import subprocess

from marionette_driver.marionette import Marionette

ACTS = (pathlib.Path(__file__).parent / "thunderbird.js").read_text()

# It asks nothing, and fetches nothing from its makers.
PREFERENCES = {
    "app.update.enabled": False,
    "calendar.alarms.show": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:1",
}


class Thunderbird:
    def __init__(self, folder):
        program = shutil.which("thunderbird")
        assert program, "Thunderbird is missing (Debian: apt-get install thunderbird)"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        profile = folder / "profile"
        profile.mkdir()
        wanted = dict(PREFERENCES, **{"marionette.port": port})
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wanted.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.log = (folder / "thunderbird.log").open("w")
        arguments = ["--profile", str(profile), "--no-remote", "-headless", "-marionette", "-remote-allow-system-access"]
        environment = dict(os.environ, HOME=str(folder), MOZ_HEADLESS="1", TZ="Europe/Berlin")
        self.process = subprocess.Popen([program, *arguments], env=environment, stdout=self.log, stderr=self.log)
        try:
            self.driver = Marionette(host="127.0.0.1", port=port, startup_timeout=90)
            self.driver.raise_for_port(timeout=90)
            self.driver.start_session()
            self.driver.set_context("chrome")
            self.driver.timeout.script = 90
        except BaseException:
            self.stop()
            raise

    def __getattr__(self, act):
        """One of the acts in thunderbird.js."""
        def do(*arguments):
            script = ACTS + f"""
                const [...given] = arguments;
                const done = given.pop();
                const say = answer => done(JSON.stringify(answer));
                acts.{act}(...given).then(found => say({{ found }}), error => say({{ error: `${{error}}\n${{error.stack}}` }}));
            """
            answer = json.loads(self.driver.execute_async_script(script, list(arguments), new_sandbox=True))
            assert "error" not in answer, f"{act}: {answer['error']}"
            return answer["found"]
        return do

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
