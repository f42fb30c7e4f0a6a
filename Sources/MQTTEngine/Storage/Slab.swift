/// A table of elements at fixed places, numbered from 0: the engine's objects live in these, not in a graph
/// of references, so that the delivery loop counts no references.
///
/// Elements never move. A freed place is used again; ``generation(of:)`` tells its tenants apart.
@safe struct Slab<Element: ~Copyable>: ~Copyable {
    private static var chunkShift: Int { 8 }
    private static var chunkSize: Int { 1 << chunkShift }

    private var chunks: [UnsafeMutablePointer<Element>] = unsafe []
    /// Odd while the place is taken.
    private var generations: [UInt32] = []
    private var free: [UInt32] = []

    /// How many elements there are.
    private(set) var count = 0

    init() {}

    deinit {
        for index in generations.indices where generations[index] & 1 == 1 {
            unsafe (chunks[index >> Self.chunkShift] + index & (Self.chunkSize - 1)).deinitialize(count: 1)
        }
        for index in unsafe chunks.indices { unsafe chunks[index].deallocate() }
    }

    /// The places that have ever been used; some may be free.
    var places: Range<Int> { 0..<generations.count }

    func isTaken(_ index: Int) -> Bool { index < generations.count && generations[index] & 1 == 1 }

    func generation(of index: Int) -> UInt32 { generations[index] }

    /// Whether the place still has the tenant that it had when it was of this generation.
    func isCurrent(_ index: Int, _ generation: UInt32) -> Bool {
        index < generations.count && generations[index] == generation && generation & 1 == 1
    }

    mutating func insert(_ element: consuming Element) -> Int {
        let index: Int
        if let place = free.popLast() {
            index = Int(place)
        } else {
            index = generations.count
            generations.append(0)
            if index & (Self.chunkSize - 1) == 0 {
                unsafe chunks.append(.allocate(capacity: Self.chunkSize))
            }
        }
        generations[index] &+= 1
        count += 1
        unsafe (chunks[index >> Self.chunkShift] + index & (Self.chunkSize - 1)).initialize(to: element)
        return index
    }

    @discardableResult
    mutating func remove(_ index: Int) -> Element {
        precondition(isTaken(index), "no element there")
        generations[index] &+= 1
        count -= 1
        free.append(UInt32(index))
        return unsafe (chunks[index >> Self.chunkShift] + index & (Self.chunkSize - 1)).move()
    }

    subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            unsafe UnsafePointer(address(index))
        }
        @inline(__always) unsafeMutableAddress {
            unsafe address(index)
        }
    }

    @inline(__always)
    private func address(_ index: Int) -> UnsafeMutablePointer<Element> {
        precondition(generations[index] & 1 == 1, "no element there")
        return unsafe chunks[index >> Self.chunkShift] + index & (Self.chunkSize - 1)
    }
}
