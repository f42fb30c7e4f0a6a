extension [UInt8] {
    /// Three runs of bytes behind each other, in one allocation of their size.
    init(joining first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>) {
        let count = first.count + second.count + third.count
        unsafe self.init(unsafeUninitializedCapacity: count) { buffer, filled in
            for part in 0..<3 {
                let span = part == 0 ? first : part == 1 ? second : third
                unsafe span.withUnsafeBufferPointer { source in
                    guard let start = source.baseAddress else { return }
                    unsafe (buffer.baseAddress! + filled).initialize(from: start, count: source.count)
                }
                filled += span.count
            }
        }
    }
}
