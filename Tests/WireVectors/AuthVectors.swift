import MQTTCodec

extension WireVectors {
    /// Section 3.15.
    static let auth: [WireVector] = [
        valid("AUTH of success, everything left out", .v5, "F0 00", .auth(Auth())),
        valid(
            "a step", .v5, "F0 0C 18 0A 15 00 02 'M1' 16 00 02 00 FF",
            .auth(
                Auth(
                    reasonCode: .continueAuthentication,
                    properties: [.authenticationMethod("M1"), .authenticationData([0, 0xFF])]))),
        valid(
            "with every property", .v5, "F0 11 19 0F 15 00 01 'm' 16 00 00 1F 00 00 26 00 00 00 00",
            .auth(
                Auth(
                    reasonCode: .reauthenticate,
                    properties: [
                        .authenticationMethod("m"), .authenticationData([]), .reasonString(""),
                        .userProperty("", ""),
                    ]))),
        readOnly("success with an empty property list", .v5, "F0 02 00 00", .auth(Auth())),
        refused("a reason code without a property length", .v5, "F0 01 18", .lengthMismatch),
        refused(
            "Authentication Data without a method", .v5, "F0 05 18 03 16 00 00",
            .authenticationDataWithoutMethod),
        refused("with more than its properties", .v5, "F0 03 18 00 00", .lengthMismatch),
    ]
}
