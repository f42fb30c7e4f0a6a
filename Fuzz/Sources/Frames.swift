import MQTTCodec
import NIOCore

/// A stream of packets: the same frames have to be found however it is split, and every frame decoded.
///
/// Input: the version, where to split, the Maximum Packet Size divided by 4, then the stream.
func fuzzFrames(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let version = input.version()
    let step = Int(input.byte()) + 1
    let maximum = Int(input.byte()) * 4 + 2
    let stream = input.rest()
    let whole = frames(of: stream, upTo: stream.count, maximum)
    // What a prefix shows is the beginning of what the whole shows.
    for end in stride(from: 0, to: stream.count, by: step) {
        let part = frames(of: stream, upTo: end, maximum)
        require(whole.frames.starts(with: part.frames), "a split after \(end) bytes shows other frames")
        if let error = part.error {
            require(
                part.frames == whole.frames && error == whole.error, "a split shows an error that is none")
        } else if let needed = part.needed {
            let start = part.frames.last?.body.upperBound ?? 0
            require(needed > end - start && needed <= maximum, "\(needed) bytes are said to be needed")
            require(
                stream.count - start < needed || whole.frames.count > part.frames.count,
                "no frame of \(needed)")
        }
    }
    for frame in whole.frames {
        require(frame.body.upperBound <= stream.count, "a frame goes beyond the stream")
        _ = try? ControlPacket(decoding: stream.span, frame, version: version)
        _ = try? PublishHeader(decoding: stream.span, frame, version: version)
        _ = try? Connect.greeting(in: stream.span, frame)
    }
}

private struct Reading {
    var frames: [Frame] = []
    var needed: Int?
    var error: WireError?
}

private func frames(of stream: [UInt8], upTo end: Int, _ maximum: Int) -> Reading {
    var reading = Reading()
    var offset = 0
    do throws(WireError) {
        while true {
            let outcome = try FrameReader.next(
                in: stream.span.extracting(0..<end), from: offset, maximumPacketSize: maximum)
            switch outcome {
            case .frame(let frame):
                reading.frames.append(frame)
                offset = frame.body.upperBound
            case .incomplete(let needed):
                reading.needed = needed
                return reading
            }
        }
    } catch {
        reading.error = error
        return reading
    }
}
