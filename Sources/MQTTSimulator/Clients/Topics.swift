import MQTTCodec

/// The few topics that everybody uses, so that subscriptions overlap.
enum Topics {
    static let names: [MQTTString] = ["a", "a/b", "a/b/c", "a/c", "b", "b/a", "b//c", "/a", "é", "$d/a"]

    static let filters: [MQTTString] = [
        "#", "a/#", "+/b", "a/+", "a/b", "+", "+/+", "a/b/c", "b/#", "/+", "b/+/c", "a/b/#", "é", "$d/#",
        "+/a",
        "$SYS/#",
    ]

    /// Few, so that queues fill.
    static let busyNames: [MQTTString] = ["a/b", "a/c", "b/a"]
    static let busyFilters: [MQTTString] = ["#", "a/#", "+/+", "a/b", "+/a", "a/+"]

    static let sharedFilters: [MQTTString] = [
        "$share/g/#", "$share/g/a/+", "$share/h/a/b", "$share/h/#", "$share/g/b/#",
    ]
}
