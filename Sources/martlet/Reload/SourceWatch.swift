import UnixSignals

/// Has everything read again on SIGHUP, and users, rules and certificates when their files have changed.
struct SourceWatch: Sendable {
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
            // A broker without such files need not wake up for them.
            guard running.hasFiles else { return }
            group.addTask {
                while (try? await Task.sleep(for: Self.interval)) != nil { await running.look() }
            }
        }
    }
}
