/// What happens when a session's queue is full, by number or bytes.
public enum QueuePolicy: String, Sendable, CaseIterable {
    /// Publishers that would add to it are not read until there is room.
    case holdPublishers = "hold-publishers"
    /// The session ends; its client learns it by Session Present 0.
    case endSession = "end-session"
    /// The oldest queued message makes room.
    case dropOldest = "drop-oldest"
    /// The publish is refused with 0x97, before anyone is given the message; a 3.x publisher is not read
    /// until there is room, and closed after ``Limits/publisherHoldTime``.
    case rejectNewest = "reject-newest"
}
