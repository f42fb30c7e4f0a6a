import NIOCore

/// A connection that was accepted, on its way to becoming a stream of bytes.
package struct Arrival: Sendable {
    package let channel: any Channel
    /// Who is at the other end; behind a proxy whom that speaks for. nil: a Unix socket, whose clients have
    /// no address.
    package var remoteAddress: SocketAddress?
    /// Whatever number ``StreamListener/accepted`` gave it.
    package var number: UInt64 = 0

    package init(_ channel: any Channel) {
        self.channel = channel
        remoteAddress = channel.remoteAddress
    }
}
