import MQTTEngine

/// Has a ``Sentry`` look at every login, and answers those that fail the later the more of them there are.
struct GuardedAuthenticator: Authenticator {
    let base: any Authenticator
    let sentry: Sentry
    /// Waits so many milliseconds.
    var pause: @Sendable (Int64) async -> Void = { try? await Task.sleep(for: .milliseconds($0)) }

    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
        // The client may be gone when there is an answer, which counts for its address all the same.
        let address = sentry.loginBegan(request)
        let outcome = await base.authenticate(request)
        let delay = sentry.loginEnded(request, outcome, from: address)
        if delay > 0 { await pause(delay) }
        return outcome
    }

    /// Who fails is answered late, and so never at once.
    func outcomeAtOnce(_ request: AuthenticationRequest) -> AuthenticationOutcome? {
        guard let outcome = base.outcomeAtOnce(request), case .accepted = outcome else { return nil }
        sentry.loginSucceeded(request, outcome)
        return outcome
    }
}
