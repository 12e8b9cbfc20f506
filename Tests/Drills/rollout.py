# SPDX-License-Identifier: Apache-2.0
"""The rollout: the runbook makes the policies of each stage, and many clients go through them."""
import shutil
import subprocess

from setting import HOST, build, step

PERCENTAGES = (0, 1, 10, 50, 100)
SECTION = "Rolling out"


def drill(setting, libraries, clients):
    step(f"rollout: {clients} clients through {', '.join(map(str, PERCENTAGES))} %, a wrong key for 9 % of them")
    setting.write_policy(SECTION)
    setting.do(SECTION)
    shutil.copy(setting.path("pins.conf"), setting.path("stage-0.conf"))
    for stage, percentage in enumerate(PERCENTAGES[1:], 1):
        setting.do(SECTION, instead={"= 2/": f"= {stage + 1}/", "= 1/'": f"= {percentage}/'"})
        setting.runbook.step_back(SECTION)
        shutil.copy(setting.path("pins.conf"), setting.path(f"stage-{stage}.conf"))
    setting.runbook.next_block(SECTION, "console")
    write_twenty_rules(setting)
    program = build(libraries, setting.folder, "rollout", "-lpinverdict-openssl", "-lm")
    output = subprocess.run([program, str(clients), setting.folder], capture_output=True, text=True).stdout
    print(output, end="")
    setting.results.add(output)


def write_twenty_rules(setting):
    pins = [f"[pin-set all]\npin-sha256 = {setting.authority.pin('site')}",
            setting.fill_in("backup-pin-sha256 = PIN-OF-BACKUP-KEY")]
    rules = [f"[host host{number}.{HOST.partition('.')[2]}]\nrollout-percent = 10\npin-set = all"
             for number in range(20)]
    setting.path("twenty.conf").write_text("\n".join(["[policy]\nserial = 1", *pins, *rules, ""]))
