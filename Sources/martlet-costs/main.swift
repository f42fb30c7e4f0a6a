#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `martlet-costs PATH COUNT`: walks one path through codec or engine so many times; without arguments it
/// lists the paths. What a path costs is the difference between two counts, see scripts/costs.py.
///
/// One thread, no run loop, few modules: so that valgrind can run it, and two runs do exactly the same.
let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first else {
    for path in CostPath.allCases { print(path.rawValue) }
    exit(0)
}
guard let path = CostPath(rawValue: name), let count = arguments.dropFirst().first.flatMap({ Int($0) }),
    count > 0
else {
    print("usage: martlet-costs PATH COUNT")
    exit(64)
}
path.walk(count)
