#if canImport(Glibc)
    import Dispatch
    import Glibc
    import Synchronization

    /// inotify(7): the kernel tells of changes in directories; those of other names there are left out.
    final class FileNotices: Sendable {
        private let source: Mutex<any DispatchSourceRead>

        /// nil: the kernel cannot tell of all of them.
        ///
        /// - Parameter changed: called on a thread of its own.
        init?(_ places: [FilePlace], changed: @escaping @Sendable () -> Void) {
            let descriptor = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
            guard descriptor >= 0 else { return nil }
            var names: [CInt: Set<String>] = [:]
            let inside = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_MODIFY
            for place in places {
                let wanted = place.name.isEmpty ? IN_MOVE_SELF | IN_DELETE_SELF : inside
                // The same directory may be on the way to several files.
                let mask = UInt32(wanted) | UInt32(IN_MASK_ADD)
                let watch = unsafe inotify_add_watch(descriptor, place.directory, mask)
                guard watch >= 0 else {
                    // Directories above all that is ours are left out where they may not be looked into. Anything
                    // else, all watches in use for example, would leave out what can move.
                    if place.name.isEmpty && errno == EACCES { continue }
                    close(descriptor)
                    return nil
                }
                if !place.name.isEmpty { names[watch, default: []].insert(place.name) }
            }
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
            source.setEventHandler { [names] in
                if Self.read(descriptor, names) { changed() }
            }
            source.setCancelHandler { close(descriptor) }
            source.activate()
            self.source = Mutex(source)
        }

        deinit { source.withLock { $0.cancel() } }

        /// Takes all that waits. Returns whether any of it is about one of the names.
        private static func read(_ descriptor: CInt, _ names: [CInt: Set<String>]) -> Bool {
            var isConcerned = false
            var buffer = [UInt8](repeating: 0, count: 16 * 1024)
            while true {
                let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return isConcerned }
                var rest = buffer[..<count]
                while rest.count >= 16 {
                    let watch = CInt(bitPattern: number(rest, 0))
                    let length = Int(number(rest, 12))
                    let name = rest.dropFirst(16).prefix(length).prefix { $0 != 0 }
                    // Without a name it is about the directory, or about notices that were lost.
                    if name.isEmpty || names[watch]?.contains(String(decoding: name, as: UTF8.self)) == true {
                        isConcerned = true
                    }
                    rest = rest.dropFirst(16 + length)
                }
            }
        }

        /// In the order of this machine's bytes.
        private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
            let four = bytes.dropFirst(offset).prefix(4)
            return UInt32(littleEndian: four.reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
#endif
