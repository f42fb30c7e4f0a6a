/// Which subscriptions have a message and are not done with it: nearly always one.
enum Claim {
    case one(Int)
    case several(Set<Int>)

    init(_ numbers: [Int]) { self = numbers.count == 1 ? .one(numbers[0]) : .several(Set(numbers)) }

    func contains(_ number: Int) -> Bool {
        switch self {
        case .one(let only): only == number
        case .several(let numbers): numbers.contains(number)
        }
    }

    /// nil: there is none left.
    func without(_ number: Int) -> Self? {
        guard case .several(var numbers) = self else { return nil }
        numbers.remove(number)
        return numbers.isEmpty ? nil : .several(numbers)
    }
}
