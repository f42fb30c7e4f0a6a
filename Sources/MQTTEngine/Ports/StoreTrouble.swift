/// Why a store cannot write for now, and what to do about it.
public struct StoreTrouble: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// There is no room left: publishers are told 0x97 Quota exceeded.
        case full
        /// Everything else: 0x83 Implementation specific error.
        case failing
    }

    public var kind: Kind
    /// For people.
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}
