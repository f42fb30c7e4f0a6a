/// A key of tests alone, encrypted with the passphrase `secret`, and the public half of it.
enum LockedKey {
    static let privateKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhQhBSTlRvnQAICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA7l9Glkb2PH+9VYzDNOP7wEgZA3
        RaaQdxFUUOAVvDCQkK/SGf/Nq04ZXaSlDXTnuyiVwPZrjQyt59rb9Y03+qfP+3HW
        g4NqWk4I+XbKhKbxQGabnWL4mvOlcmLuOEjyfY88lti5yp9EGPsmm8UzvXf0HZEP
        zcAy1M3Id3+JIECXfjEPSalowLPhNTiiRQ3bdQ5lhrF4gCDvzw3E2kTLDSi4bfA=
        -----END ENCRYPTED PRIVATE KEY-----

        """
    static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEV1UXMKWFrKhuTmT8sfGW5B4Cak6U
        NsZftkwMuZE6vafEQ1XL56l0H9hqgCxcYzAHQERnb7x5mr4VVwxUKvpXuQ==
        -----END PUBLIC KEY-----

        """
}
