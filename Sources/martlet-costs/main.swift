#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `martlet-costs PATH COUNT`: walks one path through codec or engine so many times; without arguments it
/// lists the paths. What a path costs is the difference between two counts, see scripts/costs.py.
/// `martlet-costs --shards COUNT` tells what so many shards would tell each other, and keep.
///
/// One thread, no run loop, few modules: so that valgrind can run it, and two runs do exactly the same.
let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first else {
    for path in CostPath.allCases { print(path.rawValue) }
    exit(0)
}
if name == "--shards" {
    ShardTable.print(shards: min(64, max(4, arguments.dropFirst().first.flatMap { Int($0) } ?? 64)))
    exit(0)
}
guard let path = CostPath(rawValue: name), let count = arguments.dropFirst().first.flatMap({ Int($0) }),
    count > 0
else {
    print("usage: martlet-costs PATH COUNT, or --shards COUNT")
    exit(64)
}
path.walk(count)
