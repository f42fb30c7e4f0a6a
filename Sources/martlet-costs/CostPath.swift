import MQTTCodec

/// What has its cost checked. One step of a path is what the comment beside it says.
enum CostPath: String, CaseIterable {
    /// One PUBLISH, MQTT 5.0, QoS 1, with a property, is read.
    case decodePublish = "decode-publish"
    /// One CONNECT with will, user name and password is read.
    case decodeConnect = "decode-connect"
    /// One PUBLISH as a value is written.
    case encodePublish = "encode-publish"
    /// A PUBLISH at QoS 0 for a topic that was seen before and nobody wants.
    case routeHit = "route-hit"
    /// A PUBLISH at QoS 0 for a topic that was never seen, among 10,000 subscriptions, some with wildcards.
    case routeMiss = "route-miss"
    /// One message at QoS 0 from one client to another, in a turn of its own.
    case deliverQoS0 = "deliver-qos-0"
    /// The same at QoS 1, with both acknowledgements.
    case deliverQoS1 = "deliver-qos-1"
    /// The same at QoS 2, with both whole exchanges.
    case deliverQoS2 = "deliver-qos-2"
    /// A message at QoS 1 as above, to a session that is stored.
    case deliverDurable = "deliver-durable"
    /// One message of 200 in one read at QoS 1, with its acknowledgement of 200 in one read.
    case deliverBurst = "deliver-burst"
    /// The same to a session that is stored: acknowledged in time, it is not written.
    case deliverHeld = "deliver-held"
    /// One message of twenty in one read at QoS 0.
    case deliverTogether = "deliver-together"
    /// One message at QoS 0 with 16 KiB.
    case deliverLarge = "deliver-large"
    /// One message at QoS 0, with an authorizer.
    case deliverAuthorized = "deliver-authorized"
    /// One delivery of one message to 100 clients at QoS 0.
    case fanOutQoS0 = "fan-out-qos-0"
    /// The same at QoS 1, with its acknowledgement.
    case fanOutQoS1 = "fan-out-qos-1"
    /// One message at QoS 1 to a shared subscription with five members.
    case deliverShared = "deliver-shared"
    /// One message at QoS 0 to a client on another shard, work of both shards.
    case passOn = "pass-on"
    /// A retained message takes the place of another.
    case retain = "retain"
    /// SUBSCRIBE and UNSUBSCRIBE, with their answers.
    case subscribe = "subscribe"
    /// A client opens a connection, sends CONNECT and DISCONNECT, and is gone.
    case connect = "connect"
    /// The same with an authenticator.
    case connectAuthenticated = "connect-authenticated"

    func walk(_ count: Int) {
        switch self {
        case .decodePublish: CodecPaths.decodePublish(count)
        case .decodeConnect: CodecPaths.decodeConnect(count)
        case .encodePublish: CodecPaths.encodePublish(count)
        case .routeHit: RoutePaths.hit(count)
        case .routeMiss: RoutePaths.miss(count)
        case .deliverQoS0: DeliveryPaths.deliver(count, .atMostOnce)
        case .deliverQoS1: DeliveryPaths.deliver(count, .atLeastOnce)
        case .deliverQoS2: DeliveryPaths.deliver(count, .exactlyOnce)
        case .deliverDurable: DeliveryPaths.deliver(count, .atLeastOnce, isDurable: true)
        case .deliverBurst: DeliveryPaths.deliverHeld(count, isStored: false)
        case .deliverHeld: DeliveryPaths.deliverHeld(count, isStored: true)
        case .deliverTogether: DeliveryPaths.deliverTogether(count)
        case .deliverLarge: DeliveryPaths.deliver(count, .atMostOnce, payload: 16_384)
        case .deliverAuthorized: DeliveryPaths.deliver(count, .atMostOnce, isAuthorized: true)
        case .fanOutQoS0: DeliveryPaths.fanOut(count, .atMostOnce)
        case .fanOutQoS1: DeliveryPaths.fanOut(count, .atLeastOnce)
        case .deliverShared: DeliveryPaths.shared(count)
        case .passOn: DeliveryPaths.passOn(count)
        case .retain: SessionPaths.retain(count)
        case .subscribe: SessionPaths.subscribe(count)
        case .connect: SessionPaths.connect(count, isAuthenticated: false)
        case .connectAuthenticated: SessionPaths.connect(count, isAuthenticated: true)
        }
    }
}
