#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// By what a change of a file is seen without reading it.
package struct FileSignature: Equatable, Sendable {
    private var seconds = 0
    private var nanoseconds = 0
    private var size: Int64 = 0
    private var number: UInt64 = 0

    /// All zero for a file that is not there.
    package init(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        seconds = Int(modified.tv_sec)
        nanoseconds = Int(modified.tv_nsec)
        size = Int64(status.st_size)
        number = UInt64(status.st_ino)
    }
}
