/// How a web service is asked about logins.
public struct CalloutSettings: Sendable, Equatable {
    /// `http:` or `https:`.
    public var url: String
    /// Milliseconds that an answer may take.
    public var timeout: Int64
    /// Seconds for which a login that was allowed is remembered; 0: never.
    public var cacheTime: Int64
    /// Logins that are remembered.
    public var cacheSize: Int
    /// Questions at a time; clients beyond these are told that the broker is busy (0x89).
    public var concurrency: Int

    public init(
        url: String, timeout: Int64 = 5_000, cacheTime: Int64 = 60, cacheSize: Int = 10_000,
        concurrency: Int = 64
    ) {
        self.url = url
        self.timeout = timeout
        self.cacheTime = cacheTime
        self.cacheSize = cacheSize
        self.concurrency = concurrency
    }
}
