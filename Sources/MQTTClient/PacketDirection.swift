/// Which way a packet goes, for ``ClientConfiguration/packetObserver``.
public enum PacketDirection: Hashable, Sendable {
    case sent
    case received
}
