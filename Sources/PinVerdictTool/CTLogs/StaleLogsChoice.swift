// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The value of `--on-stale`, as `[ct-logs]` has it.
enum StaleLogsChoice: String, CaseIterable, ExpressibleByArgument {
    case allow
    case refuse
}
