import Testing

@testable import MQTTEngine
@testable import MQTTStorage

@Suite("Rows by their keys")
struct RowTableTests {
    @Test("It keeps what a dictionary keeps, whatever comes and goes", arguments: 0..<8)
    func likeADictionary(seed: UInt64) {
        struct Name: Hashable {
            var owner: Int64
            var place: Int64
        }
        var generator = SplitMix64(state: seed)
        var table = RowTable<Int>()
        var dictionary: [Name: Int] = [:]
        for step in 0..<20_000 {
            let name = Name(
                owner: Int64.random(in: -3...40, using: &generator),
                place: Int64.random(in: -2...Int64(step / 200), using: &generator))
            let key = RowKey(owner: name.owner, place: name.place)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                table[key] = step
                dictionary[name] = step
            case 2, 3:
                table[key] = nil
                dictionary[name] = nil
            default: break
            }
            #expect(table[key] == dictionary[name])
            if step % 5_000 == 4_999 {
                var found: [Name: Int] = [:]
                table.forEach { key, value in found[Name(owner: key.owner, place: key.place)] = value }
                #expect(found == dictionary)
                #expect(table.count == dictionary.count)
            }
        }
        table.removeAll()
        #expect(table.count == 0)
        #expect(dictionary.keys.allSatisfy { table[RowKey(owner: $0.owner, place: $0.place)] == nil })
    }
}
