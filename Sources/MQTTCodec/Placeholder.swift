enum PlaceholderMQTTCodec {}
