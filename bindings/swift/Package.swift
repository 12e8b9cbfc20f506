// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "pinned-client",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Of an application: .package(url: …, from: …, traits: ["OpenSSL"]).
        .package(name: "pinverdict", path: "../..", traits: ["OpenSSL"]),
        .package(url: "https://github.com/apple/swift-nio", from: "2.98.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .executableTarget(
            name: "pinned-client",
            dependencies: [
                .product(name: "PinVerdict", package: "pinverdict"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/PinnedClient",
            // BoringSSL is C++; without this the linker is not told so.
            linkerSettings: [.linkedLibrary("stdc++", .when(platforms: [.linux]))])
    ]
)
