/// The help of `pub`, `sub` and `rr`.
enum ToolHelp {
    static func text(_ kind: ToolKind) -> String {
        let (what, own): (String, String) =
            switch kind {
            case .pub: ("Publish messages, with the options of mosquitto_pub.", publishing)
            case .sub: ("Print messages, with the options of mosquitto_sub.", subscribing)
            case .rr:
                ("Publish a request and print the answer, with the options of mosquitto_rr.", requesting)
            }
        return "\(what)\n\nUSAGE: \(kind.name) OPTIONS\n\n\(own)\(connecting)\(ending)"
    }

    private static let sources = """
          -m, --message TEXT        The message.
          -f, --file FILE           A file is the message.
          -s, --stdin-file          All of standard input is the message.
          -l, --stdin-line          Every line of standard input is a message.
          -n, --null-message        The message is empty.

        """

    private static let publishing =
        "MESSAGE:\n  -t, --topic TOPIC         Where to publish it.\n" + sources + """
              -r, --retain              Let the broker keep it.
              -q, --qos 0|1|2           Quality of service, 0.
              --repeat N                Publish it N times; not with -l.
              --repeat-delay SECONDS    Wait in between.


            """

    private static let printing = """
          -F FORMAT                 %t topic, %p payload, %x %X payload in hexadecimal, %l its length, %q QoS, %r retain,
                                    %m packet identifier, %j JSON, %J JSON with a payload of JSON, %I %U time,
                                    %A %C %D %E %F %P %R %S properties of MQTT 5.0, @X a conversion of strftime,
                                    \\n \\t and so on; widths as in %-20t and %05l.
          -v, --verbose             The topic before the payload.
          -N                        No end of line after a message.
          --pretty                  JSON with line breaks.
          -R                        Leave out retained messages.
          -W SECONDS                End after so many seconds, with exit status 27.

        """

    private static let subscribing = """
        SUBSCRIPTION:
          -t, --topic FILTER        What to subscribe to; may be given several times.
          -q, --qos 0|1|2           Quality of service, 0.
          -T, --filter-out FILTER   Leave these out; may be given several times.
          -U, --unsubscribe FILTER  Unsubscribe; may be given several times.
          -C NUMBER                 End after so many messages.
          -E                        End when subscribed.
          --retained-only           Only retained messages; end at the first other one.
          --remove-retained         Remove the retained messages that are printed.
          --retain-as-published     Leave the retain flag as it was published.
          --random-filter PERCENT   Print only some messages.

        OUTPUT:

        """ + printing + "\n"

    private static let requesting =
        "REQUEST:\n  -t, --topic TOPIC         Where to publish it.\n"
        + "  -e TOPIC                  Where the answer comes.\n" + sources
        + "  -q, --qos 0|1|2           Quality of service, 0.\n\nOUTPUT:\n" + printing + "\n"

    private static let connecting = """
        CONNECTION:
          -L, --url URL             mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC, mqtts://, ws:// or wss://
          -h, --host HOST           localhost
          -p, --port PORT           1883; 8083 with --ws; 8883 and 8884 with TLS. 8883 means TLS.
          --unix PATH               A Unix socket instead.
          --ws, --ws-path PATH      WebSocket; at /mqtt.
          -A ADDRESS                Connect from this address of this machine.
          -u NAME, -P PASSWORD      Credentials.
          -i ID, -I PREFIX          The client identifier, or what comes before the process id.
          -k SECONDS                Keep alive, 60.
          -V 31|311|5               The version of MQTT: 311, and 5 for rr.
          -c                        Go on with an earlier session, and keep it.
          -x SECONDS                Keep the session so long, MQTT 5.0; -1: for ever.
          -D COMMAND NAME VALUE     A property of MQTT 5.0: publish content-type text/plain
          -M NUMBER                 Messages of QoS 1 and 2 on their way at a time, 20.
          --will-topic TOPIC, --will-payload TEXT, --will-qos 0|1|2, --will-retain
          --proxy URL               socks5h://HOST[:PORT] or http://HOST[:PORT]
          -d, --quiet               Tell more; tell less.

        TLS:
          --cafile FILE             Trust the authorities in a file of PEM.
          --capath DIRECTORY        Trust the authorities in a directory.
          --tls-use-os-certs        Trust those of the system.
          --cert FILE, --key FILE   The certificate to show, and the key to it, in PEM.
          --insecure                Do not look at the name in the server's certificate.
          --tls-version VERSION     The oldest that is spoken: tlsv1.2 (the default), tlsv1.3, tlsv1.1
          --tls-alpn PROTOCOL       Offer it, in the place of mqtt.
          --ciphers LIST            Ciphers of TLS 1.2, in the words of OpenSSL.
          --psk KEY --psk-identity NAME
                                    A key in hexadecimal that both sides know, in the place of certificates.


        """

    private static let ending = """
        EXIT STATUS:
          0 done; 1 it did not work; 27 the time of -W was over; else the code with which the broker refused
          the connection.

        """
}
