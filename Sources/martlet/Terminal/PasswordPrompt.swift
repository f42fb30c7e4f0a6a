/// Where a password comes from that is not on the command line.
enum PasswordPrompt {
    /// Asked twice at a terminal, else the first line of standard input; nil: there is none, and why has been
    /// told.
    static func newPassword(for user: String) -> String? {
        guard Terminal.isThere else {
            let line = readLine() ?? ""
            if line.isEmpty { StandardError.write(line: "error: no password at standard input") }
            return line.isEmpty ? nil : line
        }
        let password = Terminal.askSecret("Password for \(user): ") ?? ""
        guard !password.isEmpty else {
            StandardError.write(line: "error: an empty password is none")
            return nil
        }
        guard Terminal.askSecret("Once more: ") == password else {
            StandardError.write(line: "error: the two differ; nothing was changed")
            return nil
        }
        return password
    }

    /// Asked once.
    static func password(for user: String) -> String? {
        Terminal.isThere ? Terminal.askSecret("Password for \(user): ") : readLine()
    }
}
