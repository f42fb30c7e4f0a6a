#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many files and sockets the process may have open.
enum FileDescriptorLimit {
    /// Raises the soft limit to the hard limit, and tells what it is then; nil if the system does not say.
    @discardableResult
    static func raise() -> UInt64? {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return nil }
        var wanted = limit.rlim_max
        #if canImport(Darwin)
            // The hard limit can be infinite there, which setrlimit refuses.
            wanted = min(wanted, rlim_t(OPEN_MAX))
        #endif
        guard wanted > limit.rlim_cur else { return UInt64(limit.rlim_cur) }
        let previous = limit.rlim_cur
        limit.rlim_cur = wanted
        return unsafe setrlimit(resource, &limit) == 0 ? UInt64(wanted) : UInt64(previous)
    }
}
