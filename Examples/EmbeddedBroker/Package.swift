// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "EmbeddedBroker",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "martlet", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(
            name: "EmbeddedBroker",
            dependencies: [
                .product(name: "MQTTBroker", package: "martlet"),
                .product(name: "NIOCore", package: "swift-nio"),
            ])
    ]
)
