#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks the person in front of the terminal. Without a terminal at standard input nothing is asked.
enum Terminal {
    static var isThere: Bool { isatty(STDIN_FILENO) == 1 }

    /// What was typed; nil: the input has ended.
    static func ask(_ question: String) -> String? {
        StandardError.write(Array(question.utf8))
        return readLine()
    }

    /// False for anything but a yes.
    static func confirm(_ question: String) -> Bool {
        ["y", "yes"].contains(ask("\(question) [y/N] ")?.lowercased())
    }

    /// Asks without showing what is typed.
    static func askSecret(_ question: String) -> String? {
        var old = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &old) == 0 else { return nil }
        var silent = old
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &old)
            StandardError.write(line: "")
        }
        return ask(question)
    }
}
