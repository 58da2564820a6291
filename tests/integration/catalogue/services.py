"""The built program as two services and a daemon between them, and people who use the services by plain HTTP."""
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

ROOTS = {"finops": "/data/", "dataverse": "/api/data/v9.2/"}


class World:
    """Sandbox and configuration in `folder`; the daemon is started by serve(). Ends its processes on exit."""

    def __init__(self, program, folder, map_files, sandbox_options=()):
        self.program, self.folder, self.daemon = program, pathlib.Path(folder), None
        self.sandbox, self.urls = self.start(["sandbox", "--control", "--dataverse-port", "0", "--finops-port", "0",
                                              "--token-port", "0", *sandbox_options], "sandbox")
        self.tokens = {side: self.token(side) for side in ROOTS}
        self.config = self.folder / "dualwrite.json"
        self.configure(map_files)

    def configure(self, map_files):
        settings = {
            "state": {"file": str(self.folder / "state.db")}, "log": {"level": "debug"},
            "admin": {"listen": "127.0.0.1:0"}, "ingest": {"listen": "127.0.0.1:0"},
            "links": [{"name": "rehearsal", "finops": self.endpoint("finops"), "dataverse": self.endpoint("dataverse"),
                       "capture": {"deltaIntervalMs": 500, "scanIntervalMs": 1000},
                       "maps": [str(file) for file in map_files]}]}
        self.config.write_text(json.dumps(settings), encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.daemon, self.sandbox):
            if process:
                process.terminate()
                process.wait()

    def environment(self):
        return dict(os.environ, SANDBOX_SECRET="sandbox-secret")

    def start(self, arguments, name):
        with open(self.folder / (name + ".log"), "w", encoding="utf-8") as log:
            process = subprocess.Popen([self.program, *arguments], stdout=subprocess.PIPE, stderr=log, text=True,
                                       env=self.environment())
        line = process.stdout.readline()
        if not line:
            process.wait()
            raise RuntimeError((self.folder / (name + ".log")).read_text(encoding="utf-8"))
        return process, json.loads(line)

    def endpoint(self, side):
        return {"url": self.urls[side], "dialect": side,
                "token": {"url": self.urls["token"], "clientId": "dualwrite",
                          "clientSecret": {"env": "SANDBOX_SECRET"}, "scope": self.urls[side] + "/.default"}}

    def token(self, side):
        form = {"grant_type": "client_credentials", "client_id": "editor", "client_secret": "editor-secret",
                "scope": self.urls[side] + "/.default"}
        with urllib.request.urlopen(self.urls["token"], urllib.parse.urlencode(form).encode()) as reply:
            return json.load(reply)["access_token"]

    def call(self, side, method, path, body=None):
        """(status, body) of a request as a user; the body of a refusal is its text."""
        request = urllib.request.Request(
            self.urls[side] + ROOTS[side] + urllib.parse.quote(path, safe="/?$&=(),;'@%:"), method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + self.tokens[side], "Content-Type": "application/json",
                     "Prefer": "return=representation"})
        try:
            with urllib.request.urlopen(request) as reply:
                text = reply.read()
                return reply.status, json.loads(text) if text else None
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def must(self, side, method, path, body=None):
        status, reply = self.call(side, method, path, body)
        if status >= 300:
            raise RuntimeError(f"{side} {method} {path}: {status} {reply}\n{body}")
        return reply

    def rows(self, side, path):
        return self.must(side, "GET", path)["value"]

    def serve(self):
        self.daemon, ready = self.start(["serve", "--config", str(self.config), "--announce"], "daemon")
        self.admin = ready["admin"]

    def verb(self, *words):
        """What a client verb prints with --json."""
        ended = subprocess.run([self.program, *words, "--url", self.admin, "--json"], capture_output=True, text=True,
                               check=False)
        if ended.returncode > 1:
            raise RuntimeError(f"dualwrite {' '.join(words)}: {ended.stdout} {ended.stderr}")
        return json.loads(ended.stdout)

    def check(self):
        return subprocess.run([self.program, "check", "--config", str(self.config)], capture_output=True, text=True,
                              env=self.environment(), check=False)

    def control(self, method, path, body=None):
        """A request to the sandbox's controls."""
        request = urllib.request.Request(self.urls["dataverse"] + "/_sandbox/" + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request) as reply:
            return reply.status

    def run(self, *words):
        return subprocess.run([self.program, *words], capture_output=True, text=True, env=self.environment(), check=False)

    def validate(self):
        return subprocess.run([self.program, "maps", "validate", "--sample", "--config", str(self.config)], capture_output=True,
                              text=True, env=self.environment(), check=False)

    def settle(self, patience_seconds):
        """Waits until nothing waits any more and both safety nets have been around since; gives what is still open."""
        deadline = time.monotonic() + patience_seconds
        calm_since = None
        while time.monotonic() < deadline:
            maps = self.verb("maps", "list")["items"]
            busy = [m for m in maps if m["state"] != "running" or m["pending"] or m["initialSync"]["state"] == "running"]
            seen = min((min(m["lastScanAt"] or "", m["lastDeltaAt"] or "") for m in maps), default="")
            if busy:
                calm_since = None
            elif calm_since is None:
                calm_since = max(max(m["lastScanAt"] or "", m["lastDeltaAt"] or "") for m in maps)
            elif seen > calm_since:
                return []
            time.sleep(0.2)
        return [f"{m['name']} is {m['state']}, {m['pending']} pending, {m['parked']} parked, {m['reason'] or ''} "
                f"{m['lastError'] or ''}" for m in busy] or ["the maps did not come to rest"]

    def log(self):
        file = self.folder / "daemon.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""
