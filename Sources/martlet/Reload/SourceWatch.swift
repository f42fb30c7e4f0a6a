import UnixSignals

/// Has everything read again on SIGHUP, and users, rules and certificates when their files have changed.
struct SourceWatch: Sendable {
    /// Between two looks at files that have changed, or that nobody tells of.
    private static let interval = Duration.seconds(1)

    let running: RunningConfiguration
    /// Called before and after each SIGHUP is obeyed.
    var reloading: @Sendable (_ begins: Bool) -> Void = { _ in }

    /// Goes on until the task is cancelled.
    func run(_ hangups: UnixSignalsSequence) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in hangups {
                    reloading(true)
                    await running.hangUp()
                    reloading(false)
                }
            }
            group.addTask { await follow() }
        }
    }

    private func follow() async {
        for await _ in running.watch.events {
            repeat {
                while await running.look() {
                    guard (try? await Task.sleep(for: Self.interval)) != nil else { return }
                }
                // A broker wakes up for nothing but what has happened, where the system tells of that.
                guard running.watch.mustLook else { break }
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }
}
