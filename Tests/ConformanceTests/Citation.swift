import Foundation

/// The citations of a test's display name: `[MQTT-3.3.1-8]`, `[MQTT-3.1.2-11, -12]`,
/// `[MQTT-3.1.1/3.1.2-24]`.
enum Citation {
    /// The statements that a text cites, each with its whole number.
    static func statements(in text: String) -> [String] {
        var found: [String] = []
        for match in text.matches(of: /\[MQTT-([^\]]*)\]/) {
            var section = ""
            for part in match.1.split(separator: ",") {
                let item = part.trimmingPrefix { $0 == " " }
                if let short = item.wholeMatch(of: /-(\d+)/) {
                    found.append("MQTT-\(section)-\(short.1)")
                } else if let whole = item.wholeMatch(of: /(?:MQTT-)?((?:3\.1\.1\/)?\d+(?:\.\d+)+)-(\d+)/) {
                    section = String(whole.1)
                    found.append("MQTT-\(section)-\(whole.2)")
                } else {
                    // Kept as it is, so that the guard names it.
                    found.append(String(item))
                }
            }
        }
        return found
    }

    /// A display name without its citations.
    static func stripped(_ text: String) -> String {
        text.replacing(/\[MQTT-[^\]]*\] */, with: "")
    }
}
