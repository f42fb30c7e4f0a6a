// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors, and unsafe code has to say so, in every module.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Where Foundation is imported beside the C library, the compiler takes the C library's types for
/// CoreFoundation's, and would have that imported by name: those modules go without the check.
let besideFoundation: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .strictMemorySafety(), .enableUpcomingFeature("ExistentialAny"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "MQTTCodec", targets: ["MQTTCodec"]),
        .library(name: "MQTTBroker", targets: ["MQTTBroker"]),
        .library(name: "MQTTClient", targets: ["MQTTClient"]),
        .executable(name: "martlet", targets: ["martlet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .target(name: "MQTTCodec", dependencies: [nioCore], swiftSettings: strict),
        .target(
            name: "MQTTEngine",
            dependencies: [
                "MQTTCodec", nioCore,
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            // `Lifetimes`: owned bytes lend themselves as a `Span`.
            swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "MQTTTransport",
            dependencies: [
                nioCore, nioPosix,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "MQTTScram",
            dependencies: [crypto, .product(name: "CryptoExtras", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "MQTTAuth",
            dependencies: [
                "MQTTCodec", "MQTTEngine", "MQTTScram", nioCore, nioPosix, crypto,
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .target(
            name: "MQTTStorage",
            dependencies: [
                "MQTTCodec", "MQTTEngine", nioCore, .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "MQTTTLS",
            dependencies: [
                "MQTTTransport", nioCore, nioSSL, x509, asn1,
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "MQTTBroker",
            dependencies: [
                "MQTTCodec", "MQTTEngine", "MQTTTransport", "MQTTTLS", nioCore, nioPosix, logging,
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "MQTTManagement",
            dependencies: [
                "MQTTBroker", "MQTTTLS", nioCore, nioPosix, nioSSL, logging, crypto,
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            // One file to install: the dashboard is part of the program.
            resources: [
                .embedInCode("Dashboard/index.html"),
                .embedInCode("Dashboard/dashboard.css"),
                .embedInCode("Dashboard/dashboard.js"),
                .embedInCode("Dashboard/api.js"),
                .embedInCode("Dashboard/page.js"),
                .embedInCode("Dashboard/chart.js"),
                .embedInCode("Dashboard/mqtt.js"),
                .embedInCode("Dashboard/overview.js"),
                .embedInCode("Dashboard/clients.js"),
                .embedInCode("Dashboard/topics.js"),
                .embedInCode("Dashboard/console.js"),
                .embedInCode("Dashboard/server.js"),
            ],
            swiftSettings: besideFoundation),
        .target(
            name: "MQTTClient",
            dependencies: [
                "MQTTCodec", "MQTTScram", "MQTTTransport", nioCore, nioPosix, nioSSL, logging,
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOSOCKS", package: "swift-nio-extras"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "MQTTConformance",
            dependencies: [
                "MQTTClient", "MQTTCodec", nioCore,
                .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: strict
        ),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "MQTTStorage",
                "MQTTAuth", "MQTTScram", "MQTTBroker", "MQTTConformance", nioSSL, "MQTTClient", "MQTTEngine",
                "MQTTCodec", "MQTTTLS",
                "MQTTManagement",
                "Yams", nioCore,
                nioPosix, logging, x509, asn1, crypto,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: besideFoundation),
        .target(
            name: "MQTTSimulator", dependencies: ["MQTTCodec", "MQTTEngine", nioCore],
            swiftSettings: strict),
        .executableTarget(
            name: "martlet-simulate",
            dependencies: [
                "MQTTSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "martlet-costs", dependencies: ["MQTTCodec", "MQTTEngine", nioCore], swiftSettings: strict),
        .target(
            name: "WireVectors", dependencies: ["MQTTCodec", nioCore], path: "Tests/WireVectors",
            swiftSettings: strict),
        .testTarget(
            name: "MQTTCodecTests", dependencies: ["MQTTCodec", "WireVectors", nioCore],
            swiftSettings: strict),
        .testTarget(
            name: "MQTTEngineTests", dependencies: ["MQTTEngine", "MQTTCodec", nioCore],
            swiftSettings: strict),
        .testTarget(
            name: "MQTTBrokerTests",
            dependencies: [
                "MQTTBroker", "MQTTEngine", "MQTTTransport", "MQTTTLS", "MQTTCodec", nioCore, nioPosix,
                nioSSL, logging,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(name: "MQTTScramTests", dependencies: ["MQTTScram"], swiftSettings: strict),
        .testTarget(
            name: "MQTTManagementTests",
            dependencies: [
                "MQTTManagement", "MQTTBroker", nioCore, logging,
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            swiftSettings: besideFoundation),
        .testTarget(
            name: "MQTTAuthTests",
            dependencies: [
                "MQTTAuth", "MQTTScram", "MQTTEngine", "MQTTCodec", nioCore, nioPosix, crypto,
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MQTTClientTests",
            dependencies: [
                "MQTTClient", "MQTTBroker", "MQTTEngine", "MQTTScram", "MQTTTransport", "MQTTTLS",
                "MQTTCodec",
                nioCore, nioPosix, nioSSL, logging, x509, asn1, crypto,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MartletTests",
            dependencies: [
                "martlet", "MQTTAuth", "MQTTScram", .product(name: "JWTKit", package: "jwt-kit"),
                "MQTTBroker", "MQTTClient", "MQTTEngine", "MQTTCodec", "MQTTTLS", nioCore,
                nioPosix, x509, asn1,
                nioSSL, logging, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MQTTStorageTests",
            dependencies: [
                "MQTTStorage", "MQTTEngine", "MQTTCodec", nioCore,
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(name: "ConformanceTests", swiftSettings: strict),
        .testTarget(
            name: "SoakTests", dependencies: ["MQTTClient", "MQTTBroker", nioCore, nioPosix, logging],
            swiftSettings: strict),
        .testTarget(
            name: "SimulatorTests", dependencies: ["MQTTSimulator"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// A toolchain without libFuzzer cannot link this one: only `make fuzz` asks for it.
if Context.environment["MARTLET_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "martlet-fuzz", dependencies: ["MQTTCodec", "MQTTEngine", "CLibFuzzer", nioCore],
            path: "Fuzz/Sources", swiftSettings: strict),
    ]
}
