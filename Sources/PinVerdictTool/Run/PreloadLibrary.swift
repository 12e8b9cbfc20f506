// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What is preloaded into programs. The loader would go on without one that it cannot load, so that this one, and what
/// it loads in turn, is tried before.
struct PreloadLibrary {
    let path: String

    /// The given one, or the one that was installed with this command: in LIBDIR, where the command is in PREFIX/bin.
    init(path given: String?) throws(Failure) {
        let path: String
        if let given {
            path = try RunSettings.absolute(given)
        } else if let installed = PreloadLibrary.installed {
            path = installed
        } else {
            throw Failure("there is no \(PreloadLibrary.file) beside this command's folder; give --preload")
        }
        guard !path.contains(where: { $0 == ":" || $0 == " " }) else {
            throw Failure("\(path.printable): LD_PRELOAD takes no path with a space or a colon")
        }
        self.path = path
        try PreloadLibrary.requireLoadable(path)
        let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
        for flavour in ["openssl", "gnutls"] {
            try PreloadLibrary.requireLoadable("\(folder)../libpinverdict-\(flavour).so.0")
        }
    }

    private static let file = "pinverdict/preload.so"

    #if arch(arm64)
        private static let triplet = "aarch64-linux-gnu"
    #else
        private static let triplet = "x86_64-linux-gnu"
    #endif

    private static var installed: String? {
        guard let command = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(command) }
        let prefix = unsafe String(cString: command).split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
        let places = ["lib", "lib/" + triplet, "lib64"].map { "\(prefix)/\($0)/\(file)" }
        return places.first { unsafe access($0, R_OK) == 0 }
    }

    private static func requireLoadable(_ path: String) throws(Failure) {
        guard unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) == nil else { return }
        throw Failure(unsafe dlerror().map { unsafe String(cString: $0).printable } ?? "\(path.printable): not loaded")
    }
}
