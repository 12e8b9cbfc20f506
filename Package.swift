// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Traits choose what is built in. OpenSSL and GnuTLS are the two backends; Embedded builds the shipped
// object, which carries no Swift runtime; FIPS has OpenSSL hash through EVP, inside its FIPS provider.
let ordinary: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .swiftLanguageMode(.v6),
]
// Not for what is linked into a program: the package manager links with the feature whatever the trait says.
let settings = ordinary + [.enableExperimentalFeature("Embedded", .when(traits: ["Embedded"]))]

let openSSL = TargetDependencyCondition.when(traits: ["OpenSSL"])
let gnuTLS = TargetDependencyCondition.when(traits: ["GnuTLS"])
let package = Package(
    name: "pinverdict",
    products: [
        // For programs in Swift.
        .library(name: "PinVerdict", targets: ["PinVerdict"]),
        // The Makefile links the three flavours of libpinverdict from this archive, built with Embedded.
        .library(name: "PinVerdictABI", type: .static, targets: ["PinVerdictABI"]),
        .executable(name: "pinverdict", targets: ["PinVerdictTool"]),
    ],
    traits: [
        .trait(name: "OpenSSL", description: "The OpenSSL backend"),
        .trait(name: "GnuTLS", description: "The GnuTLS backend"),
        .trait(name: "Embedded", description: "Embedded Swift, for the shared object"),
        .trait(name: "FIPS", description: "OpenSSL hashes through EVP"),
        .trait(name: "Command", description: "The command pinverdict"),
        .default(enabledTraits: ["OpenSSL", "GnuTLS", "Command"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: [
        .systemLibrary(name: "CPinVerdict", path: "include"),
        .target(name: "CPosix"),
        .systemLibrary(name: "COpenSSL", path: "Sources/COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CGnuTLS", path: "Sources/CGnuTLS", providers: [.apt(["libgnutls28-dev"])]),
        .systemLibrary(name: "CPSL", path: "Sources/CPSL", providers: [.apt(["libpsl-dev"])]),
        .systemLibrary(name: "CUnbound", path: "Sources/CUnbound", providers: [.apt(["libunbound-dev"])]),
        .systemLibrary(name: "CIDN2", path: "Sources/CIDN2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CCurl", path: "Sources/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CXML2", path: "Sources/CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        .target(name: "PinVerdictCore", swiftSettings: settings),
        .target(name: "BackendSupport", dependencies: ["CPosix", "PinVerdictCore"], swiftSettings: settings),
        .target(
            name: "OpenSSLBackend", dependencies: ["BackendSupport", "COpenSSL", "CPosix", "PinVerdictCore"],
            swiftSettings: settings),
        .target(
            name: "GnuTLSBackend", dependencies: ["BackendSupport", "CGnuTLS", "CPosix", "PinVerdictCore"],
            swiftSettings: settings),
        .target(
            name: "BuiltInBackends",
            dependencies: [
                "BackendSupport", "PinVerdictCore",
                .target(name: "OpenSSLBackend", condition: openSSL),
                .target(name: "GnuTLSBackend", condition: gnuTLS),
            ],
            swiftSettings: settings
        ),
        .target(name: "PolicyStore", dependencies: ["PinVerdictCore", "CPosix"], swiftSettings: settings),
        .target(
            name: "PinVerdictABI",
            dependencies: [
                "BackendSupport", "BuiltInBackends", "CPinVerdict", "CPosix", "PinVerdictCore", "PolicyStore",
                .target(name: "COpenSSL", condition: openSSL),
                .target(name: "CGnuTLS", condition: gnuTLS),
            ],
            exclude: ["pinverdict.map"],
            swiftSettings: settings
        ),
        // Swift over the same functions that C calls, linked in.
        .target(
            name: "PinVerdict", dependencies: ["CPinVerdict", "PinVerdictABI", "PinVerdictCore"],
            swiftSettings: ordinary),
        .executableTarget(
            name: "PinVerdictTool",
            dependencies: [
                "BackendSupport", "BuiltInBackends", "PinVerdictCore", "PinVerdictABI", "PolicyStore", "CPinVerdict",
                "CPSL",
                "CIDN2", "CUnbound", "CXML2", "CCurl", .target(name: "COpenSSL", condition: openSSL),
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Command"])),
            ],
            resources: [.embedInCode("Lint/ca-keys.tsv")],
            swiftSettings: ordinary
        ),
        .testTarget(
            name: "PinVerdictTests",
            dependencies: ["BackendSupport", "BuiltInBackends", "PinVerdict", "PinVerdictCore", "PolicyStore"],
            swiftSettings: ordinary
        ),
    ]
)
