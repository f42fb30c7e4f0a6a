#if canImport(Glibc)
    import Foundation
    import Testing

    @testable import martlet

    /// What the kernel tells of files that are followed.
    @Suite(.timeLimit(.minutes(1))) struct FileWatchTests {
        private let directory = TemporaryDirectory()
        private let watch = FileWatch()

        private func path(_ name: String) -> String { directory.path + "/" + name }

        private func write(_ text: String, _ name: String) throws {
            try text.write(toFile: path(name), atomically: false, encoding: .utf8)
        }

        private func make(_ names: String...) throws {
            for name in names {
                try FileManager.default.createDirectory(
                    atPath: path(name), withIntermediateDirectories: true)
            }
        }

        private func move(_ from: String, _ to: String) {
            #expect(unsafe rename(path(from), path(to)) == 0)
        }

        /// Follows `conf/users` anew, and waits for the notice of what `change` does.
        private func expectNotice(_ change: () throws -> Void) async throws {
            watch.follow([path("conf/users")])
            #expect(!watch.mustLook)
            var events = watch.events.makeAsyncIterator()
            await events.next()
            try change()
            #expect(await events.next() != nil)
        }

        @Test("A file that is written, replaced or removed is told of")
        func file() async throws {
            try make("conf")
            try write("one", "conf/users")
            try await expectNotice { try write("two", "conf/users") }
            try write("three", "conf/new")
            try await expectNotice { move("conf/new", "conf/users") }
            try await expectNotice { #expect(unsafe unlink(path("conf/users")) == 0) }
            try await expectNotice { try write("four", "conf/users") }
        }

        @Test("A directory on the way that cannot be watched is not left out, unless that is forbidden")
        func unwatched() throws {
            try make("conf")
            try write("one", "conf/users")
            let file = FilePlace(directory: path("conf"), name: "users")
            #expect(FileNotices([file]) {} != nil)
            #expect(FileNotices([FilePlace(directory: path("gone"), name: ""), file]) {} == nil)
        }

        @Test("So is a directory on the way to it that is moved away, and a link that leads elsewhere")
        func directories() async throws {
            try make("conf", "other", "above/conf")
            for folder in ["conf", "other", "above/conf"] { try write("one", folder + "/users") }
            try await expectNotice { move("conf", "old") }
            // Nobody can tell of what is not there.
            watch.follow([path("conf/users")])
            #expect(watch.mustLook)
            #expect(unsafe symlink("other", path("conf")) == 0)
            #expect(unsafe symlink("above/conf", path("next")) == 0)
            try await expectNotice { move("other", "older") }
            move("older", "other")
            try await expectNotice { move("next", "conf") }
            try await expectNotice { move("above", "below") }
        }
    }
#endif
