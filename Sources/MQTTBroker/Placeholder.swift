enum PlaceholderMQTTBroker {}
