import ArgumentParser

struct Ctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See and change a running broker, through its administration API.",
        discussion: """
            The broker runs with --admin (or admin.listen); `martlet ctl token create` makes a token. Where the \
            API is and the token come from the options, from MARTLET_CTL_URL and MARTLET_CTL_TOKEN, or from \
            lines `url URL` and `token TOKEN` in $XDG_CONFIG_HOME/martlet_ctl (else ~/.config/martlet_ctl).

              martlet ctl token create anna --role operate --data DIRECTORY
              martlet ctl status
              martlet ctl clients --search phone
              martlet ctl disconnect phone-17

            Ends with 0 when it is done, with 1 when the broker says no, with 69 when it cannot be reached.
            """,
        subcommands: [
            CtlStatus.self, CtlVersion.self, CtlHealth.self, CtlClients.self, CtlClient.self,
            CtlDisconnect.self,
            CtlSessions.self,
            CtlEndSession.self, CtlTop.self, CtlSubscriptions.self, CtlTopics.self, CtlRetained.self,
            CtlPublish.self, CtlUsers.self, CtlRules.self, CtlBans.self, CtlBackup.self, CtlListeners.self,
            CtlCertificates.self,
            CtlConfig.self, CtlLog.self, CtlTrace.self, CtlToken.self,
        ])
}
