#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// A path for a Unix socket that nobody else uses.
func temporarySocketPath() -> String {
    "/tmp/martlet-test-\(getpid())-\(UInt64.random(in: 0 ... .max)).sock"
}
