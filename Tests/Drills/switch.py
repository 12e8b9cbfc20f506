# SPDX-License-Identifier: Apache-2.0
"""The kill switch: off where a server shows a key that nobody has pinned, and on again."""
import alerts
from setting import step

SECTION = "Switching off and on again"


def drill(setting):
    step("the switch: off")
    setting.serve("stranger")
    alerts.write(setting)
    setting.write_policy(SECTION, "off.conf")
    setting.do(SECTION)
    step("the switch: on again")
    setting.serve("site")
    setting.do(SECTION)
