import Testing

/// What ``FullStore`` is in files of all versions of the tables: `sqlite3 martlet.sqlite3 .dump`, by the version of
/// Martlet that made such files. A new version of the tables comes with one more.
struct OlderSchema: Sendable, CustomTestStringConvertible {
    /// The latest migration in it.
    let version: String
    let sql: String

    var testDescription: String { "version \(version)" }

    static let all = [
        OlderSchema(version: "1", sql: version1), OlderSchema(version: "2", sql: version2),
        OlderSchema(version: "3", sql: version3),
    ]

    private static let version1 = #"""
        BEGIN TRANSACTION;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES('1');
        CREATE TABLE session (
            id INTEGER PRIMARY KEY, client BLOB NOT NULL, user BLOB, version INTEGER NOT NULL,
            expiry INTEGER NOT NULL, expires_at INTEGER, will BLOB, will_due_at INTEGER
        );
        INSERT INTO session VALUES(10,X'636c69656e743130',X'6ac3bc7267656e',5,3600,1800000000001,X'103500044d515454053600000000001c1800000007020000003c03000a746578742f706c61696e09000200ff0004676f6e65000300ff0a',1800000000000);
        INSERT INTO session VALUES(11,X'2271756f7465645c0a',NULL,3,4294967295,NULL,NULL,NULL);
        CREATE TABLE subscription (
            session INTEGER NOT NULL, filter BLOB NOT NULL, options INTEGER NOT NULL,
            identifier INTEGER NOT NULL, replaying INTEGER NOT NULL, PRIMARY KEY (session, filter)
        ) WITHOUT ROWID;
        INSERT INTO subscription VALUES(10,X'662f302f23',0,0,1);
        INSERT INTO subscription VALUES(10,X'662f312f23',21,134217727,0);
        INSERT INTO subscription VALUES(10,X'662f322f23',42,268435454,0);
        INSERT INTO subscription VALUES(11,X'2473686172652f672f732f2b',1,0,0);
        CREATE TABLE share_group (id INTEGER PRIMARY KEY, filter BLOB NOT NULL);
        INSERT INTO share_group VALUES(20,X'2473686172652f672f732f2b');
        CREATE TABLE message (
            id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, topic_count INTEGER NOT NULL,
            properties_count INTEGER NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL, expires_at INTEGER
        );
        INSERT INTO message VALUES(30,X'612fc3bc01010300106170706c69636174696f6e2f6a736f6e08000b616e737765722f6865726509000301000226000161000131260001610001322600000002c3bc000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',4,62,2,1,1800000000002);
        INSERT INTO message VALUES(31,X'6b657074',4,0,0,0,NULL);
        CREATE TABLE delivery (
            owner INTEGER NOT NULL, place INTEGER NOT NULL, message INTEGER NOT NULL, flags INTEGER NOT NULL,
            packet INTEGER NOT NULL, share_group INTEGER NOT NULL, identifiers BLOB, PRIMARY KEY (owner, place)
        ) WITHOUT ROWID;
        INSERT INTO delivery VALUES(10,-1,0,18,1,0,NULL);
        INSERT INTO delivery VALUES(10,0,30,14,2,20,NULL);
        INSERT INTO delivery VALUES(10,1,30,1,0,0,X'01000000ffffff0f');
        INSERT INTO delivery VALUES(20,-5,31,1,0,0,NULL);
        CREATE TABLE received (
            session INTEGER NOT NULL, packet INTEGER NOT NULL, PRIMARY KEY (session, packet)
        ) WITHOUT ROWID;
        INSERT INTO received VALUES(10,1);
        INSERT INTO received VALUES(11,65535);
        CREATE TABLE retained (topic BLOB PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO retained VALUES(X'612fc3bc',30);
        INSERT INTO retained VALUES(X'6b657074',31);
        COMMIT;
        """#

    private static let version2 = #"""
        BEGIN TRANSACTION;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES('1');
        INSERT INTO grdb_migrations VALUES('2');
        CREATE TABLE session (
                    id INTEGER PRIMARY KEY, client BLOB NOT NULL, user BLOB, version INTEGER NOT NULL,
                    expiry INTEGER NOT NULL, expires_at INTEGER, will BLOB, will_due_at INTEGER
                );
        INSERT INTO session VALUES(10,X'636c69656e743130',X'6ac3bc7267656e',5,3600,1800000000001,X'103500044d515454053600000000001c1800000007020000003c03000a746578742f706c61696e09000200ff0004676f6e65000300ff0a',1800000000000);
        INSERT INTO session VALUES(11,X'2271756f7465645c0a',NULL,3,4294967295,NULL,NULL,NULL);
        CREATE TABLE subscription (
                    session INTEGER NOT NULL, filter BLOB NOT NULL, options INTEGER NOT NULL,
                    identifier INTEGER NOT NULL, replaying INTEGER NOT NULL, PRIMARY KEY (session, filter)
                ) WITHOUT ROWID;
        INSERT INTO subscription VALUES(10,X'662f302f23',0,0,1);
        INSERT INTO subscription VALUES(10,X'662f312f23',21,134217727,0);
        INSERT INTO subscription VALUES(10,X'662f322f23',42,268435454,0);
        INSERT INTO subscription VALUES(11,X'2473686172652f672f732f2b',1,0,0);
        CREATE TABLE share_group (id INTEGER PRIMARY KEY, filter BLOB NOT NULL);
        INSERT INTO share_group VALUES(20,X'2473686172652f672f732f2b');
        CREATE TABLE message (
                    id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, topic_count INTEGER NOT NULL,
                    properties_count INTEGER NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL, expires_at INTEGER
                );
        INSERT INTO message VALUES(30,X'612fc3bc01010300106170706c69636174696f6e2f6a736f6e08000b616e737765722f6865726509000301000226000161000131260001610001322600000002c3bc000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',4,62,2,1,1800000000002);
        INSERT INTO message VALUES(31,X'6b657074',4,0,0,0,NULL);
        CREATE TABLE delivery (
                    owner INTEGER NOT NULL, place INTEGER NOT NULL, message INTEGER NOT NULL, flags INTEGER NOT NULL,
                    packet INTEGER NOT NULL, share_group INTEGER NOT NULL, identifiers BLOB, size INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (owner, place)
                ) WITHOUT ROWID;
        INSERT INTO delivery VALUES(10,-1,0,18,1,0,NULL,0);
        INSERT INTO delivery VALUES(10,0,30,14,2,20,NULL,0);
        INSERT INTO delivery VALUES(10,1,30,1,0,0,X'01000000ffffff0f',0);
        INSERT INTO delivery VALUES(20,-5,31,1,0,0,NULL,0);
        CREATE TABLE received (
                    session INTEGER NOT NULL, packet INTEGER NOT NULL, PRIMARY KEY (session, packet)
                ) WITHOUT ROWID;
        INSERT INTO received VALUES(10,1);
        INSERT INTO received VALUES(11,65535);
        CREATE TABLE retained (topic BLOB PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO retained VALUES(X'612fc3bc',30);
        INSERT INTO retained VALUES(X'6b657074',31);
        CREATE INDEX awaited ON delivery (message) WHERE flags >= 64;
        COMMIT;
        """#

    private static let version3 = #"""
        BEGIN TRANSACTION;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES('1');
        INSERT INTO grdb_migrations VALUES('2');
        INSERT INTO grdb_migrations VALUES('3');
        CREATE TABLE session (
                    id INTEGER PRIMARY KEY, client BLOB NOT NULL, user BLOB, version INTEGER NOT NULL,
                    expiry INTEGER NOT NULL, expires_at INTEGER, will BLOB, will_due_at INTEGER
                );
        INSERT INTO session VALUES(10,X'636c69656e743130',X'6ac3bc7267656e',5,3600,1800000000001,X'103500044d515454053600000000001c1800000007020000003c03000a746578742f706c61696e09000200ff0004676f6e65000300ff0a',1800000000000);
        INSERT INTO session VALUES(11,X'2271756f7465645c0a',NULL,3,4294967295,NULL,NULL,NULL);
        CREATE TABLE subscription (
                    session INTEGER NOT NULL, filter BLOB NOT NULL, options INTEGER NOT NULL,
                    identifier INTEGER NOT NULL, replaying INTEGER NOT NULL, PRIMARY KEY (session, filter)
                ) WITHOUT ROWID;
        INSERT INTO subscription VALUES(10,X'662f302f23',0,0,1);
        INSERT INTO subscription VALUES(10,X'662f312f23',21,134217727,0);
        INSERT INTO subscription VALUES(10,X'662f322f23',42,268435454,0);
        INSERT INTO subscription VALUES(11,X'2473686172652f672f732f2b',1,0,0);
        CREATE TABLE share_group (id INTEGER PRIMARY KEY, filter BLOB NOT NULL);
        INSERT INTO share_group VALUES(20,X'2473686172652f672f732f2b');
        CREATE TABLE message (
                    id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, topic_count INTEGER NOT NULL,
                    properties_count INTEGER NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL, expires_at INTEGER
                );
        INSERT INTO message VALUES(30,X'612fc3bc01010300106170706c69636174696f6e2f6a736f6e08000b616e737765722f6865726509000301000226000161000131260001610001322600000002c3bc000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',4,62,2,1,1800000000002);
        INSERT INTO message VALUES(31,X'6b657074',4,0,0,0,NULL);
        CREATE TABLE delivery (
                    owner INTEGER NOT NULL, place INTEGER NOT NULL, message INTEGER NOT NULL, flags INTEGER NOT NULL,
                    packet INTEGER NOT NULL, share_group INTEGER NOT NULL, identifiers BLOB, size INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (owner, place)
                ) WITHOUT ROWID;
        INSERT INTO delivery VALUES(10,-1,0,18,1,0,NULL,0);
        INSERT INTO delivery VALUES(10,0,30,14,2,20,NULL,0);
        INSERT INTO delivery VALUES(10,1,30,1,0,0,X'01000000ffffff0f',0);
        INSERT INTO delivery VALUES(20,-5,31,1,0,0,NULL,0);
        CREATE TABLE received (
                    session INTEGER NOT NULL, packet INTEGER NOT NULL, PRIMARY KEY (session, packet)
                ) WITHOUT ROWID;
        INSERT INTO received VALUES(10,1);
        INSERT INTO received VALUES(11,65535);
        CREATE TABLE retained (topic BLOB PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO retained VALUES(X'612fc3bc',30);
        INSERT INTO retained VALUES(X'6b657074',31);
        CREATE TABLE journal (number INTEGER PRIMARY KEY, marker INTEGER NOT NULL, operations BLOB NOT NULL);
        CREATE INDEX awaited ON delivery (message) WHERE flags >= 64;
        COMMIT;
        """#
}
