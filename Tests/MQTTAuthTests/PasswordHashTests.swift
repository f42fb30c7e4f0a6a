import MQTTAuth
import Testing

@Suite struct PasswordHashTests {
    /// Made by Mosquitto's own mosquitto_passwd 2.0.11 for the password "secret-Ä".
    private static let byMosquitto = [
        "$6$zx5jv4/lidMmxmZd$NZDXIxhVjpOX8S53Yqs/S+9xcWRaeyCeiibdkHXY"
            + "5Cv3isyLU6trHS+OeFqAay9300ysu/j9EPC2YywthxoZwA==",
        "$7$101$Z/bskkOpZvtDA8AK$N5Evgm/E4T4ZrUSyEnMb35OE5xM5Z8kbM5J7"
            + "VdVaSfYSA6grMIFBtrV8viVA4HIwDRHmpiGWyLSY8JdX1QOtRA==",
    ]

    @Test("Hashes that Mosquitto made are read, matched and written as they were", arguments: byMosquitto)
    func mosquitto(text: String) throws {
        let hash = try PasswordHash(text)
        #expect(hash.matches(Array("secret-Ä".utf8)))
        for wrong in ["", "secret-A", "secret-Ä ", "secret-A\u{308}", "Secret-Ä"] {
            #expect(!hash.matches(Array(wrong.utf8)), "\(wrong)")
        }
        #expect(hash.description == text)
    }

    @Test("A new hash is PBKDF2 with the iterations asked for, twelve bytes of salt and 64 of hash")
    func made() throws {
        let hash = try PasswordHash(of: Array("p".utf8), iterations: 1000)
        let parts = hash.description.split(separator: "$")
        #expect(parts.prefix(2) == ["7", "1000"])
        // Twelve bytes make sixteen characters of Base64 without padding; 64 make 88 with it.
        #expect(parts[2].count == 16)
        #expect(!parts[2].contains("="))
        #expect(parts[3].count == 88)
        #expect(try PasswordHash(hash.description) == hash)
        #expect(hash.matches(Array("p".utf8)))
        #expect(try PasswordHash(of: Array("p".utf8), iterations: 1000) != hash, "the salt is another")
    }

    @Test("Two hundred and ten thousand iterations are the default")
    func standard() throws {
        #expect(try PasswordHash(of: [1]).description.hasPrefix("$7$210000$"))
    }

    @Test("Weaker ones are known as such")
    func weaker() throws {
        #expect(try PasswordHash(Self.byMosquitto[0]).isWeaker(thanIterations: 1))
        #expect(try PasswordHash(Self.byMosquitto[1]).isWeaker(thanIterations: 102))
        #expect(try !PasswordHash(Self.byMosquitto[1]).isWeaker(thanIterations: 101))
    }

    @Test(
        "What is no hash is refused",
        arguments: [
            ("", PasswordHashError.notHashed), ("secret", .notHashed), ("se$7$cret", .notHashed),
            ("$1$abc$def", .unknownScheme("1")), ("$argon2id$v=19$m=1$a$b", .unknownScheme("argon2id")),
            ("$7$101$AAAA", .malformed), ("$7$101$!!!!$AAAA", .malformed), ("$7$1O1$AAAA$AAAA", .malformed),
            ("$7$-5$AAAA$AAAA", .malformed), ("$6$AAAA$AAAA", .malformed), ("$7$0$AAAA$AAAA", .iterations),
            ("$7$10000001$AAAA$AAAA", .iterations), ("$7$99999999999999999999$AAAA$AAAA", .malformed),
        ])
    func refused(text: String, error: PasswordHashError) {
        #expect(throws: error) { try PasswordHash(text) }
    }

    @Test("Iterations have bounds", arguments: [0, -1, 10_000_001])
    func iterations(iterations: Int) {
        #expect(throws: PasswordHashError.iterations) { try PasswordHash(of: [1], iterations: iterations) }
    }
}
