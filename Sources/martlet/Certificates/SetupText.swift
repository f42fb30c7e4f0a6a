/// The texts of the files that `martlet setup` makes.
enum SetupText {
    static func rules(user: String) -> String {
        """
        # Who may do what, in the format of Mosquitto's acl_file. Taken anew as soon as it is saved.
        # Explain a decision: martlet can --acl-file FILE --user NAME publish TOPIC

        user \(user)
        topic readwrite #
        topic read $SYS/#

        # Everybody else may do nothing until it is allowed here. For example, each for its own topics:
        #pattern readwrite users/%u/#

        """
    }

    static func configuration(_ directory: SetupDirectory) -> String {
        """
        # Made by martlet setup. All settings: martlet.example.yaml in the documentation.
        listeners:
          - mqtts://0.0.0.0:8883
          - wss://0.0.0.0:8884/mqtt
        data_directory: \(text(directory.file("data")))
        tls:
          certificate: \(text(directory.server))
          private_key: \(text(directory.serverKey))
          client_ca: \(text(directory.authority))
          client_certificates: optional
          crl: \(text(directory.revocations))
        authentication:
          password_file: \(text(directory.users))
        authorization:
          acl_file: \(text(directory.rules))

        """
    }

    /// In double quotes of YAML.
    private static func text(_ path: String) -> String {
        "\"" + path.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }

    /// As a shell takes it for one word.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: "-._/:@%+=,".utf8.contains(byte)
            }
        }
        if isPlain && !text.isEmpty { return text }
        return "'" + text.map { $0 == "'" ? "'\\''" : "\($0)" }.joined() + "'"
    }
}
