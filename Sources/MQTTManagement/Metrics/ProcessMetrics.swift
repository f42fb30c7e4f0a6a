#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the process uses, with the names that Prometheus' own libraries give it.
enum ProcessMetrics {
    static var families: [MetricFamily] {
        var families = [
            MetricFamily(
                "process_cpu_seconds", .counter, "Processor time spent, user and system.",
                [MetricSample(value: cpuSeconds)])
        ]
        if let resident = residentBytes {
            families.append(
                MetricFamily(
                    "process_resident_memory_bytes", .gauge, "Memory in use, without what is swapped out.",
                    resident))
        }
        if let open = openFiles {
            families.append(
                MetricFamily("process_open_fds", .gauge, "Open files and sockets.", open))
        }
        if let most = maximumFiles {
            families.append(
                MetricFamily("process_max_fds", .gauge, "The most open files and sockets.", most))
        }
        return families
    }

    static var cpuSeconds: Double {
        var usage = rusage()
        #if canImport(Glibc)
            guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        #else
            guard unsafe getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// From /proc; nil where there is none.
    static var residentBytes: Int? {
        guard let text = contents("/proc/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var openFiles: Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the directory itself.
        return max(0, count - 3)
    }

    private static var maximumFiles: UInt64? {
        var limit = rlimit()
        #if canImport(Glibc)
            guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return nil
            }
        #else
            guard unsafe getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return nil }
        #endif
        return UInt64(limit.rlim_cur)
    }

    /// The beginning of a small file.
    private static func contents(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
