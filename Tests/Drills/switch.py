# SPDX-License-Identifier: Apache-2.0
"""The kill switch: a running daemon with a signed policy, a source and a state, that is switched off by its file, then
by HTTPS from a host that is pinned itself; and what is no policy of ours, or an old one, which changes nothing."""
import hashlib

import daemon as daemons
from daemon import Daemon, PolicyHost, ask, cut_short, eventually, hundred_megabytes, page, tagged
from console import run
from kit.certificates import dns, server
from servers import free_port
from setting import HOST, step

SIGNING, SECTION = "Signing a policy", "Switching off and on again"

daemons.HOST = HOST  # whom the daemon relays to


class Switched:
    """A daemon in the folder of a setting, and the host that it fetches policies from: those in `published`."""

    def __init__(self, setting, program):
        self.setting, self.program, self.daemon = setting, program, None
        setting.issue("policy-host", extensions=server(dns(daemons.POLICY_HOST)))
        self.host = PolicyHost(setting.authority)
        self.host.answer = self.answer

    def answer(self, tls, request):
        """What is published, by its ETag."""
        path = self.setting.path("published/pins.signed")
        if not path.exists():
            return page("", status="404 Not Found")(tls, request)
        text = path.read_text()
        return tagged(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"')(tls, request)

    def start(self):
        path = self.setting.authority.path
        self.daemon = Daemon([self.program], self.setting, self.setting.port, path("deployed/pins.signed"),
                             "--key", path("fleet.pub"), "--state", path("serials"), "--url", self.host.url,
                             "--interval", 1, "--timeout", 5, "--limit", 1 << 20, "--metrics-port", "0",
                             "--report-file", path("reports.jsonl"))
        return self.daemon

    def write(self, file, serial):
        """A policy for both hosts."""
        pins = [(HOST, "PIN-OF-SITE-KEY"), (daemons.POLICY_HOST, self.setting.authority.pin("policy-host"))]
        rules = "".join(f"[host {host}]\npin-sha256 = {pin}\nbackup-pin-sha256 = PIN-OF-BACKUP-KEY\n"
                        for host, pin in pins)
        self.setting.path(file).write_text(self.setting.fill_in(f"[policy]\nserial = {serial}\n{rules}"))

    def deployed(self):
        return self.setting.path("deployed/pins.signed").read_text()

    def serial(self):
        return int(self.daemon.metrics()["pinverdict_policy_serial"])

    def is_served(self):
        """Whether a client that asks through the daemon gets the page."""
        return b" 200 " in ask(self.daemon.port, b"GET / HTTP/1.0\r\n\r\n")

    def expect(self, what, serial, served):
        """Soon that policy is in force, and clients are served, or not."""
        is_fine = eventually(lambda: self.serial() == serial and self.is_served() == served)
        title = f"{what}: serial {self.serial()}, clients are {'served' if self.is_served() else 'refused'}"
        print(f"   {title}")
        self.setting.results.check(title, is_fine, self.daemon.text())

    def expect_no_change(self, what, reason, answer):
        """The host answers what is no new policy: nothing changes, and a counter says why."""
        before, counted = (self.deployed(), self.serial(), self.is_served()), self.daemon.fetches(reason)
        self.host.answer = answer
        is_counted = self.daemon.fetch_until(lambda: self.daemon.fetches(reason) > counted)
        is_same = (self.deployed(), self.serial(), self.is_served()) == before
        self.host.answer = self.answer
        print(f"   {what}: {'nothing changes' if is_same else 'CHANGED'}, fetches_total{{result=\"{reason}\"}} "
              f"{'goes up' if is_counted else 'STAYS'}")
        self.setting.results.check(what, is_counted and is_same, f"{self.daemon.counted()}\n{self.daemon.text()}")


def signed_by_a_stranger(setting, text):
    setting.path("stranger.conf").write_text(text)
    for command in ("signify-openbsd -G -n -p stranger.pub -s stranger.sec",
                    "signify-openbsd -S -e -s stranger.sec -m stranger.conf -x stranger.signed"):
        run(command, setting.folder, setting.environment)
    return setting.path("stranger.signed").read_text()


def switch_off_and_on(setting, switched):
    switched.expect("the server shows its pinned key", 19, True)
    step("the server shows a key that nobody has pinned; off, by the file")
    setting.serve("stranger")
    switched.expect("an outage", 19, False)
    setting.write_policy(SECTION, "off.conf")
    setting.do(SECTION)
    switched.expect("off", 20, True)
    off = switched.deployed()
    step("the server has its key again; on, by HTTPS")
    setting.serve("site")
    switched.write("pins.conf", 19)
    setting.do(SECTION)
    switched.expect("on", 21, True)

    step("the server shows another key again, and somebody else would like to switch off")
    setting.serve("stranger")
    switched.expect("an outage", 21, False)
    strange = signed_by_a_stranger(setting, "[policy]\nserial = 22\nenforcement = off\n")
    for what, reason, answer in [
            ("forged: off, with a serial of its own", "bad-signature", page(off.replace("= 20\n", "= 22\n"))),
            ("by a key that is not ours", "unknown-key", page(strange)),
            ("replayed: off, as it was signed", "outdated-policy", page(off)),
            ("cut short", "incomplete", cut_short),
            ("100 MB", "too-large", hundred_megabytes)]:
        switched.expect_no_change(what, reason, answer)

    step("off, by HTTPS")
    setting.runbook.again(SECTION)
    setting.write_policy(SECTION, "off.conf", {"= 20": "= 22"})
    setting.do(SECTION, instead={"deployed/": "published/"})
    switched.expect("off", 22, True)
    off = switched.deployed()
    step("the server has its key again; on")
    setting.serve("site")
    setting.do(SECTION, instead={"serial = 21": "serial = 23"})
    switched.expect("on", 23, True)
    setting.serve("stranger")
    switched.expect("another key", 23, False)
    return off


def start_by_hand(setting, program):
    """As the runbook says, on ports of one's own."""
    step("the daemon by hand")
    setting.path("pinverdict-daemon").symlink_to(program)
    setting.environment["PATH"] = f"{setting.folder}:{setting.environment['PATH']}"
    setting.do("Starting the daemon", instead={"8443": "0", "9465": str(free_port()),
                                               "192.0.2.1 443": f"127.0.0.1 {setting.port}"})


def drill(setting, libraries):
    step("kill switch: a daemon with a signed policy that it follows and fetches")
    program = daemons.compile_daemon(setting.folder, libraries)
    switched = Switched(setting, program)
    setting.do(SIGNING)
    switched.write("pins.conf", 19)
    setting.do(SIGNING)
    start_by_hand(setting, program)
    with switched.start():
        off = switch_off_and_on(setting, switched)
    step("what the daemon's clients have seen")
    setting.do("What clients have seen", {"pinverdict lint": 1})
    shown, draft = setting.authority.pin("stranger"), setting.path("draft.conf").read_text()
    setting.results.check("the draft has the key that was refused", shown in draft, draft)
    print(f"   the draft has the key that was refused, {shown}")
    step("the daemon is started again")
    with switched.start():
        switched.expect("as before", 23, False)
        switched.expect_no_change("replayed: off, as it was signed", "outdated-policy", page(off))
    setting.path("deployed/pins.signed").write_text(off)
    with switched.start() as daemon:
        is_refused = eventually(lambda: daemon.process.poll() == 2, 10) and "outdated-policy" in daemon.text()
        print(f"   replayed, in the daemon's own file: it {'does not start' if is_refused else 'STARTS'}")
        setting.results.check("a replay in the file is refused by the state", is_refused, daemon.text())
