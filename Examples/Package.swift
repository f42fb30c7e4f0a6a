// swift-tools-version: 6.2
import PackageDescription

let client: Target.Dependency = .product(name: "MQTTClient", package: "martlet")

let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "martlet", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(
            name: "EmbeddedBroker",
            dependencies: [
                .product(name: "MQTTBroker", package: "martlet"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "EmbeddedBroker"),
        .executableTarget(name: "Thermostat", dependencies: [client], path: "Thermostat"),
        .executableTarget(
            name: "Plant", dependencies: [client, .product(name: "NIOCore", package: "swift-nio")],
            path: "Plant"),
        .executableTarget(name: "PatientMonitor", dependencies: [client], path: "PatientMonitor"),
    ]
)
