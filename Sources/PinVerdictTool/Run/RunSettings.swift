// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the programs are told by their environment, and those that they start: names as in Sources/Preload/preload.h.
struct RunSettings {
    let policy: String
    let isStrict: Bool
    let environment: String?
    let installID: String?

    /// That of this process with the settings, in the form NAME=VALUE. What an outer run had set is gone, and so is its
    /// library, as two would call each other.
    func environment(preloading library: PreloadLibrary) -> [String] {
        let preloaded = unsafe getenv("LD_PRELOAD").map { unsafe String(cString: $0) } ?? ""
        let others = preloaded.split(whereSeparator: { $0 == ":" || $0 == " " })
            .filter { $0 != library.path && !$0.hasSuffix("/pinverdict/preload.so") }
        var lines = Self.inherited.filter { !$0.starts(with: "PINVERDICT_RUN_") && !$0.starts(with: "LD_PRELOAD=") }
        lines.append("LD_PRELOAD=" + ([library.path[...]] + others).joined(separator: ":"))
        lines.append("PINVERDICT_RUN_POLICY=" + policy)
        if isStrict { lines.append("PINVERDICT_RUN_STRICT=1") }
        if let environment { lines.append("PINVERDICT_RUN_ENVIRONMENT=" + environment) }
        if let installID { lines.append("PINVERDICT_RUN_INSTALL_ID=" + installID) }
        return lines
    }

    /// The path of a file for programs that run in another folder.
    static func absolute(_ path: String) throws(Failure) -> String {
        guard !path.starts(with: "/") else { return path }
        guard let folder = unsafe getcwd(nil, 0) else { throw Failure("the folder: \(systemMessage(errno))") }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder) + "/" + path
    }

    private static var inherited: [String] {
        var lines: [String] = []
        var next = unsafe environ
        while let line = unsafe next.pointee {
            unsafe lines.append(String(cString: line))
            unsafe next += 1
        }
        return lines
    }
}
