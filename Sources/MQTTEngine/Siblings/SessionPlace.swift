/// Where a session stands between the shards.
enum SessionPlace: UInt8 {
    case here
    /// It has come, but not all that was under way to it.
    case arriving
    /// It has gone; what still comes is passed on.
    case departed
}
