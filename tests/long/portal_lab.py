"""A portal of its own for the long tests: keys, settings, start, kill, and what lies in its drop."""
import gzip, json, os, re, signal, socket, subprocess, tempfile, time, urllib.parse


class Portal:
    def __init__(self, build, folder=None, source_header=""):
        self.build = build
        self.source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        self.folder = folder or tempfile.mkdtemp(prefix="hotline-portal-")
        self.run = None
        subprocess.run([f"{build}/bin/drop_list", "keys", f"{self.folder}/keys"], check=True)
        with open(f"{self.folder}/hotline.toml", "w") as out:
            out.write(f'[hotline]\ndir = "{self.folder}"\n[portal]\nport = 0\n'
                      f'source_header = "{source_header}"\n[share]\ndir = "{self.source}"\n')

    def start(self, before=()):
        log = open(f"{self.folder}/log", "ab")
        at = log.tell()
        self.run = subprocess.Popen([*before, f"{self.build}/bin/hotline-portal", "--config",
                                     f"{self.folder}/hotline.toml"], stderr=log, stdout=log)
        for _ in range(400):
            time.sleep(0.05)
            found = re.search(rb'"port":(\d+)', open(f"{self.folder}/log", "rb").read()[at:])
            if found:
                self.port = int(found.group(1))
                return self
            if self.run.poll() is not None:
                return self
        raise SystemExit("the portal does not start")

    def kill(self, how=signal.SIGKILL):
        if self.run.poll() is None:
            self.run.send_signal(how)
        self.run.wait()

    def raw(self, bytes_, timeout=10, source="127.0.0.1"):
        """What comes back for these bytes, to the end of the connection."""
        got = b""
        with socket.socket() as s:
            s.settimeout(timeout)
            s.bind((source, 0))
            s.connect(("127.0.0.1", self.port))
            try:
                s.sendall(bytes_)
                while part := s.recv(65536):
                    got += part
            except OSError:
                pass
        return got

    def ask(self, method, path, body=b"", headers=(), source="127.0.0.1"):
        head = f"{method} {path} HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        for name, value in headers:
            head += f"{name}: {value}\r\n"
        return self.raw(head.encode() + b"\r\n" + body, source=source)

    def state(self):
        page = self.ask("GET", "/en/quick")
        return re.search(rb'name="state" value="([^"]*)"', page).group(1).decode()

    def report(self, fields, state=None, headers=(), source="127.0.0.1"):
        """One report from the single page; True if it was thanked for."""
        fields = {"state": state or self.state(), "answer": "none", **fields}
        body = urllib.parse.urlencode(fields).encode()
        answer = self.ask("POST", "/en/quick", body, [
            ("Content-Type", "application/x-www-form-urlencoded"), *headers], source)
        return answer.startswith(b"HTTP/1.1 200") and b"You have done the right thing" in answer

    def dropped(self):
        """(id, submission) of everything in the drop; a submission is None if it is broken."""
        out = subprocess.run([f"{self.build}/bin/drop_list", "list", f"{self.folder}/keys",
                              f"{self.folder}/drop"], capture_output=True).stdout.decode()
        lines = (line.split(" ", 1) for line in out.split("\n") if line)
        return [(one, None if text == "broken" else json.loads(text)) for one, text in lines]

    def files(self):
        for folder, _, names in os.walk(self.folder):
            for name in names:
                yield os.path.join(folder, name)
