// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BackendSupport
import BuiltInBackends

/// The value of `--backend`: the name of a backend, built in or not, or `auto`.
struct BackendOption: ExpressibleByArgument {
    static let auto = BackendOption(name: nil)
    static var allValueStrings: [String] { ["auto"] + BackendName.allCases.map { String($0.text) } }

    private let name: BackendName?

    private init(name: BackendName?) { self.name = name }

    init?(argument: String) {
        guard argument != "auto" else {
            self = .auto
            return
        }
        guard let name = BackendName.allCases.first(where: { String($0.text) == argument }) else { return nil }
        self.name = name
    }

    var defaultValueDescription: String { name.map { String($0.text) } ?? "auto" }

    func requireBackend() throws(Failure) -> BuiltInBackend {
        guard let name else { return .automatic }
        if let backend = BuiltInBackend(name) { return backend }
        throw Failure("this command was built without \(name.text); it has \(BuiltInBackend.libraries)")
    }
}
