# SPDX-License-Identifier: Apache-2.0
"""What the runbook says to do on each alert, where what the alert tells of is so."""
import datetime

from setting import HOST, step

PINS = "pin-sha256 = PIN-OF-SITE-KEY\nbackup-pin-sha256 = PIN-OF-BACKUP-KEY\n"


def write(setting, more="", policy="serial = 10", file="pins.conf", pins=PINS):
    setting.path(file).write_text(setting.fill_in(f"[policy]\n{policy}\n[host {HOST}]\n{more}{pins}"))


def drill(setting):
    refusals = {"pinverdict probe": 1, "pinverdict check": 1}
    soon = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=10)
    stolen = f"rejected-pin-sha256 = {setting.authority.pin('stranger')}"
    setting.certify("backup")
    setting.write_for_server("backup")

    for alert, served, more, policy, exits in [
            ("Refused", "stranger", "", "serial = 10", refusals),
            ("Would be refused", "stranger", "enforcement = report-only\n", "serial = 10", {}),
            ("Backup key in use", "backup", "", "serial = 10", {}),
            ("A pin expires", "site", f"expires = {soon}\non-expiry = refuse\n", "serial = 10", {"lint pins.conf": 1}),
            ("A rejected key was seen", "stranger", "", f"serial = 10\n{stolen}", refusals),
            ("Clients disagree on the policy", "site", "", "serial = 10", {}),
            ("Switched off for long", "site", "", "serial = 10\nenforcement = off", {"lint pins.conf": 1})]:
        step(f"alert: {alert}")
        setting.serve(served)
        write(setting, more, policy)
        write(setting, "", "serial = 9", "before.conf", "pin-sha256 = PIN-OF-SITE-KEY\nallow-single-pin = yes\n")
        setting.do(alert, exits)
