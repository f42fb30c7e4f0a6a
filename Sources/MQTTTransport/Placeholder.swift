enum PlaceholderMQTTTransport {}
