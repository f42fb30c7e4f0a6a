enum PlaceholderMQTTEngine {}
