@testable import MQTTEngine

/// Which shard it is that something happens to.
extension EngineHarness {
    func inner(_ connection: ConnectionID) -> ConnectionID { connection.inner(of: hosts.count) }

    func touch(_ connection: ConnectionID) -> HarnessShard {
        touch(connection.shard(of: hosts.count))
    }

    /// A shard, to be given something from outside: it has looked at all its mail, and waited for a cut.
    func touch(_ index: Int) -> HarnessShard {
        let host = hosts[index]
        takeMail(host)
        while host.shard.isQuiet {
            for other in hosts {
                takeMail(other)
                work(other)
            }
        }
        return host
    }

    /// Hands a shard what siblings have told it.
    func takeMail(of shard: Int) {
        takeMail(hosts[shard])
        drain()
    }

    private func takeMail(_ host: HarnessShard) {
        let mail = host.mail
        host.mail = []
        for (sibling, batch) in mail { host.shard.received(batch, from: sibling, at: now) }
    }

    func handOverMail() -> Bool {
        guard !isMailSlow, hosts.contains(where: { !$0.mail.isEmpty }) else { return false }
        for host in hosts { takeMail(host) }
        return true
    }
}
