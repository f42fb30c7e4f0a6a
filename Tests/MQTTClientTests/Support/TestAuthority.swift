import Crypto
import Foundation
import MQTTBroker
import NIOSSL
import SwiftASN1
import X509

/// An authority for the time of a test run, and the files that it makes.
final class TestAuthority: Sendable {
    static let shared = try? TestAuthority()
    static let other = try? TestAuthority()

    let directory: String
    private let certificate: Certificate
    private let key = Certificate.PrivateKey(P256.Signing.PrivateKey())

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "mqtt-client-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let name = try DistinguishedName { CommonName("test authority \(UUID())") }
        certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: .now - 3_600, notValidAfter: .now + 86_400, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            }, issuerPrivateKey: key)
        try write("ca.pem", certificate.serializeAsPEM().pemString)
        try issue("server", ["localhost"], [127, 0, 0, 1])
        try issue("named", ["broker.example"], nil)
        try issue("device", [], nil)
        try issue("locked", [], nil, for: try P256.Signing.PublicKey(pemRepresentation: LockedKey.publicKey))
        try write("locked.key", LockedKey.privateKey)
        let bundle = NIOSSLPKCS12Bundle(
            certificateChain: try NIOSSLCertificate.fromPEMFile(path("device.pem")),
            privateKey: try NIOSSLPrivateKey(file: path("device.key"), format: .pem))
        let bytes = try bundle.serialize(passphrase: "secret".utf8)
        try Data(bytes).write(to: URL(filePath: path("device.p12")))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    /// - Parameter publicKey: of a key that is there already; nil: a new key is written too.
    private func issue(
        _ file: String, _ names: [String], _ address: [UInt8]?, for publicKey: P256.Signing.PublicKey? = nil
    ) throws {
        let issuedKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        var alternatives = names.map { GeneralName.dnsName($0) }
        if let address { alternatives.append(.ipAddress(ASN1OctetString(contentBytes: address[...]))) }
        var extensions = try Certificate.Extensions { Critical(BasicConstraints.notCertificateAuthority) }
        if !alternatives.isEmpty {
            try extensions.append(try SubjectAlternativeNames(alternatives).makeCertificateExtension())
        }
        let issued = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey.map { .init($0) } ?? issuedKey.publicKey,
            notValidBefore: .now - 3_600, notValidAfter: .now + 86_400, issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(file) }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions, issuerPrivateKey: key)
        try write("\(file).pem", issued.serializeAsPEM().pemString)
        if publicKey == nil { try write("\(file).key", issuedKey.serializeAsPEM().pemString) }
    }

    /// What listeners use.
    func server(
        _ file: String = "server", clientCertificates: TLSSettings.ClientCertificates = .off
    ) throws -> TLSServer {
        try TLSServer(
            TLSSettings(
                certificate: path("\(file).pem"), privateKey: path("\(file).key"),
                clientAuthorities: clientCertificates == .off ? nil : path("ca.pem"),
                clientCertificates: clientCertificates))
    }
}
