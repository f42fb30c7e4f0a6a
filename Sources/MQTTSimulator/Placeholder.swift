enum PlaceholderMQTTSimulator {}
